# Logistic recalibration: rms for the slope and for samples in groups, glm with an offset for the intercept; and the limits of net benefit.
# Usage: Rscript tests/reference/recalibration.R

suppressMessages(library(rms))
source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))

set.seed(20161206)
draw <- function(case, n, intercept, slope) {
  logit <- rnorm(n, 0, 1.5)
  unit <- rep(seq_len(ceiling(n / 2)), each = 2)[seq_len(n)]
  y <- as.integer(runif(n) < plogis(intercept + slope * logit + 0.8 * rnorm(max(unit))[unit]))
  data.frame(case, p = plogis(logit), y, unit)
}
samples <- rbind(draw("fair", 120, 0, 1), draw("extreme", 80, 0.3, 0.5), draw("moderate", 60, -0.5, 1.8))
write_exact(samples, "recalibration_samples.csv")

one <- function(case, confidence) {
  part <- samples[samples$case == case, ]
  logit <- qlogis(part$p)
  large <- glm(y ~ offset(logit), binomial, part, control = list(epsilon = 1e-14, maxit = 100))
  both <- glm(y ~ logit, binomial, part, control = list(epsilon = 1e-14, maxit = 100))
  fitted <- lrm(part$y ~ logit, x = TRUE, y = TRUE, tol = 1e-14, eps = 1e-12, maxit = 100)
  robust <- robcov(fitted, cluster = part$unit)
  half <- qnorm((1 + confidence) / 2)
  slope <- unname(coef(robust)[2])
  error <- sqrt(vcov(robust)[2, 2])
  residual <- part$y - fitted(large)
  sandwich <- sqrt(sum(tapply(residual, part$unit, sum)^2)) / sum(fitted(large) * (1 - fitted(large)))
  data.frame(
    case, confidence,
    intercept = coef(large), intercept_low = confint.default(large, level = confidence)[1],
    intercept_high = confint.default(large, level = confidence)[2],
    slope = coef(both)[2], slope_low = confint.default(both, level = confidence)[2, 1],
    slope_high = confint.default(both, level = confidence)[2, 2],
    val_prob_slope = val.prob(part$p, part$y, pl = FALSE)["Slope"],
    robust_intercept_low = coef(large) - half * sandwich, robust_intercept_high = coef(large) + half * sandwich,
    robust_low = slope - half * error, robust_high = slope + half * error
  )
}
cases <- expand.grid(case = unique(samples$case), confidence = c(0.9, 0.95))
write_exact(do.call(rbind, Map(one, as.character(cases$case), cases$confidence)), "recalibration.csv")

# Net benefit at three thresholds: prop.test's limits of both rates, combined as for a difference of independent estimates.
limits <- function(case, threshold) {
  part <- samples[samples$case == case, ]
  rate <- function(rows) {
    wilson <- prop.test(sum(part$p[rows] >= threshold), sum(rows), correct = FALSE)
    c(wilson$estimate, wilson$conf.int)
  }
  found <- rate(part$y == 1)
  false <- rate(part$y == 0)
  a <- mean(part$y)
  b <- (1 - a) * threshold / (1 - threshold)
  net <- a * found[1] - b * false[1]
  data.frame(
    case, threshold, net,
    low = net - sqrt((a * (found[1] - found[2]))^2 + (b * (false[3] - false[1]))^2),
    high = net + sqrt((a * (found[3] - found[1]))^2 + (b * (false[1] - false[2]))^2)
  )
}
cases <- expand.grid(case = unique(samples$case), threshold = c(0.1, 0.5, 0.8))
write_exact(do.call(rbind, Map(limits, as.character(cases$case), cases$threshold)), "decision_limits.csv")
