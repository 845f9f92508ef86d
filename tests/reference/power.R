# Rscript tests/reference/power.R: smallest differences that a two-sample t-test detects with a given power.
# R computes the noncentral t distribution exactly up to a noncentrality of 37.6 only, so there are no fewer than 5 samples.
cases <- expand.grid(n = c(5, 12, 19, 100), sd = c(0.4, 1), level = c(0.05, 0.05 / 6038), power = c(0.8, 0.9))
cases$delta <- mapply(function(n, sd, level, power) {
  power.t.test(n = n, sd = sd, sig.level = level, power = power, tol = 1e-10)$delta
}, cases$n, cases$sd, cases$level, cases$power)
write.csv(format(cases, digits = 12, trim = TRUE), "tests/reference/power.csv", row.names = FALSE, quote = FALSE)
