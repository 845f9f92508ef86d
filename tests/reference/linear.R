# Simulates the inputs of tests/unit/stats/test_linear.py and test_ebayes.py and writes what R's t.test, oneway.test, lm and
# limma compute from them.
# Usage: Rscript tests/reference/linear.R

suppressPackageStartupMessages({
  library(genefilter)
  library(limma)
})

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20040116)

# Limma stops the search for d0 at 1e-8; the reference goes to the last digit.
exact_search <- limma:::fitFDistRobustly
exact_search <- eval(parse(text = gsub("tol = 1e-08", "tol = 1e-15", deparse(exact_search), fixed = TRUE)))
environment(exact_search) <- asNamespace("limma")
assignInNamespace("fitFDistRobustly", exact_search, "limma")

# Four matrices of 150 genes x 18 samples ---------------------------------------------------------------------------------

genes <- 150
samples <- 18
two <- rep(0:1, c(7, 11))
three <- rep(0:2, each = 6)
age <- round(rnorm(samples, 50, 10), 1)
centre <- rep(c("x", "y", "z"), 6)
patient <- rep(1:9, each = 2)
paired <- rep(0:1, 9)

draw <- function(sd) {
  values <- matrix(rnorm(genes * samples, mean = rnorm(genes, 8, 1.5), sd = sd), genes, samples)
  values[1:30, two == 1] <- values[1:30, two == 1] + rnorm(30, sd = 1.5)
  values[20:50, three == 2] <- values[20:50, three == 2] + rnorm(31, sd = 1.5)
  values
}
x <- list(
  spread = draw(sqrt(0.3 * 5 / rchisq(genes, 5))),
  equal = draw(rep(0.5, genes)),
  gaps = draw(sqrt(0.3 * 5 / rchisq(genes, 5))),
  outlying = draw(sqrt(0.3 * 12 / rchisq(genes, 12)) * ifelse(seq_len(genes) %% 20 == 0, 6, 1))
)
x$equal <- 8 + (x$equal - rowMeans(x$equal)) # its variances scatter less than chance makes them: d0 is infinite
for (gene in seq_len(genes)) {
  part <- residuals(lm(x$equal[gene, ] ~ factor(three)))
  x$equal[gene, ] <- x$equal[gene, ] - part + part / sd(part) * 0.5
}
x$gaps[1:60, ][matrix(runif(60 * samples) < 0.15, 60)] <- NA
x$gaps[61, two == 1] <- NA
x$gaps[62, -1] <- NA

inputs <- do.call(rbind, lapply(names(x), function(name) {
  data.frame(matrix = name, two, three, age, centre, patient, paired, setNames(as.data.frame(t(x[[name]])), sprintf("g%03d", seq_len(genes))))
}))
write_exact(inputs, "linear_input.csv")

# Student's and paired t, one-way F --------------------------------------------------------------------------------------

tests <- do.call(rbind, lapply(c("spread", "gaps"), function(name) {
  values <- x[[name]]
  second <- rowttests(values, factor(two, levels = c(1, 0)))
  do.call(rbind, lapply(seq_len(genes), function(gene) {
    y <- values[gene, ]
    student <- tryCatch(t.test(y[two == 1], y[two == 0], var.equal = TRUE), error = function(e) NULL)
    pairs <- tryCatch(t.test(y[paired == 1], y[paired == 0], paired = TRUE), error = function(e) NULL)
    oneway <- if (all(0:2 %in% three[!is.na(y)])) oneway.test(y ~ factor(three), var.equal = TRUE) else NULL
    data.frame(
      matrix = name, gene,
      student_t = if (is.null(student)) NA else student$statistic, student_p = if (is.null(student)) NA else student$p.value,
      student_low = if (is.null(student)) NA else student$conf.int[1],
      genefilter_t = if (anyNA(y)) NA else second$statistic[gene],
      genefilter_p = if (anyNA(y)) NA else second$p.value[gene],
      paired_t = if (is.null(pairs)) NA else pairs$statistic, paired_df = if (is.null(pairs)) NA else pairs$parameter,
      paired_p = if (is.null(pairs)) NA else pairs$p.value, paired_high = if (is.null(pairs)) NA else pairs$conf.int[2],
      f = if (is.null(oneway)) NA else oneway$statistic, f_p = if (is.null(oneway)) NA else oneway$p.value
    )
  }))
}))
write_exact(tests, "linear_tests.csv")

# limma ------------------------------------------------------------------------------------------------------------------

moderated <- function(case, name, design, contrasts, ...) {
  fit <- lmFit(x[[name]], design)
  fit <- if (is.matrix(contrasts)) contrasts.fit(fit, contrasts) else contrasts.fit(fit, coefficients = contrasts)
  fit <- suppressWarnings(eBayes(fit, ...))
  do.call(rbind, lapply(seq_len(ncol(fit$t)), function(column) {
    data.frame(
      case, gene = seq_len(genes), contrast = column, estimate = fit$coefficients[, column],
      unscaled = fit$stdev.unscaled[, column], sigma = fit$sigma, df = fit$df.residual, average = fit$Amean,
      t = fit$t[, column], df_total = fit$df.total, p = fit$p.value[, column], b = fit$lods[, column],
      f = fit$F, f_p = fit$F.p.value, d0 = rep_len(fit$df.prior, genes), s0 = rep_len(fit$s2.prior, genes),
      posterior = fit$s2.post
    )
  }))
}
by_two <- model.matrix(~two)
by_three <- model.matrix(~ factor(three))
all_pairs <- cbind(c(0, 1, 0), c(0, 0, 1), c(0, -1, 1))
adjusted <- model.matrix(~ two + centre + age)
blocked <- model.matrix(~ paired + factor(patient))
result <- rbind(
  moderated("two", "spread", by_two, 2),
  moderated("three", "spread", by_three, all_pairs),
  moderated("covariate", "spread", adjusted, 2),
  moderated("blocked", "spread", blocked, 2),
  moderated("endless", "equal", by_three, all_pairs),
  moderated("gaps", "gaps", by_two, 2),
  moderated("trend", "spread", by_two, 2, trend = TRUE),
  moderated("trend endless", "equal", by_three, 2, trend = TRUE),
  moderated("robust", "outlying", by_two, 2, robust = TRUE),
  moderated("robust gaps", "gaps", by_two, 2, robust = TRUE),
  moderated("robust endless", "equal", by_three, 2, robust = TRUE),
  moderated("robust spread", "spread", by_two, 2, robust = TRUE)
)
write_exact(result, "linear_limma.csv")
print(tapply(result$d0, result$case, function(d) c(min(d), max(d))))

# An ordinary linear model -------------------------------------------------------------------------------------------------

ordinary <- do.call(rbind, lapply(seq_len(40), function(gene) {
  fit <- lm(x$spread[gene, ] ~ two + centre + age)
  line <- summary(fit)$coefficients["two", ]
  limits <- confint(fit)["two", ]
  full <- lm(x$spread[gene, ] ~ factor(three) + age)
  test <- anova(lm(x$spread[gene, ] ~ age), full)
  data.frame(gene, estimate = line[1], t = line[3], p = line[4], low = limits[1], high = limits[2], f = test$F[2], f_p = test$`Pr(>F)`[2])
}))
write_exact(ordinary, "linear_lm.csv")
