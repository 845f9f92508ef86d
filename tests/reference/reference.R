# Simulates the inputs of tests/unit/stats and writes them beside the values that R computes from them.
# Usage: Rscript tests/reference/reference.R

suppressPackageStartupMessages({
  library(genefilter)
  library(limma)
  library(multtest)
  library(pROC)
})

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(19991015)

# Expression: 200 genes x 20 samples -----------------------------------------------------------------------------------

genes <- 200
samples <- 20
x <- matrix(rnorm(genes * samples, mean = 8), genes, samples)
two <- rep(0:1, c(9, 11))
three <- rep(0:2, c(6, 7, 7))
four <- rep(0:3, each = 5)

target <- two == 1
x[1:40, target] <- x[1:40, target] + rnorm(40, sd = 2)         # shifted means
x[41:80, target] <- 8 + 5 * (x[41:80, target] - 8)             # unequal variances
x[81:90, ] <- 8 + 1e-5 * (x[81:90, ] - 8)                      # small spread on a large mean
x[91:120, ][matrix(runif(30 * samples) < 0.2, 30)] <- NA       # missing values
x[121, ] <- 4 + 8 * target + 0.001 * rnorm(samples)            # p far below 1e-30
x[122, ] <- 1e6 + c(0, 1e-9)                                   # essentially constant: t.test refuses
x[123, ] <- 8                                                  # constant
x[124, ] <- 0                                                  # constant at zero: t.test gives NaN
x[125, which(target)[-1]] <- NA                                # one value in the target group
x[126, target] <- NA                                           # none
x[127, !target] <- 8                                           # one group constant
x[128, ] <- x[128, ] * 1e-12                                   # tiny values
x[129, ] <- x[129, ] * 1e12                                    # huge values

write_exact(
  data.frame(two, three, four, setNames(as.data.frame(t(x)), sprintf("g%03d", seq_len(genes)))),
  "expression.csv"
)

# Moments --------------------------------------------------------------------------------------------------------------

moments <- do.call(rbind, lapply(seq_len(genes), function(gene) {
  do.call(rbind, lapply(0:3, function(group) {
    value <- x[gene, four == group]
    data.frame(gene, group, n = sum(!is.na(value)), mean = mean(value, na.rm = TRUE), variance = var(value, na.rm = TRUE))
  }))
}))
write_exact(moments, "moments.csv")

# Welch's t: t.test, with limma's logFC and multtest's statistic as a second opinion -------------------------------------

welch_t <- do.call(rbind, lapply(seq_len(genes), function(gene) {
  test <- tryCatch(t.test(x[gene, target], x[gene, !target]), error = function(e) NULL)
  if (is.null(test)) {
    return(data.frame(gene, t = NA, df = NA, p = NA, low = NA, high = NA, target = NA, reference = NA))
  }
  data.frame(
    gene,
    t = test$statistic, df = test$parameter, p = test$p.value, low = test$conf.int[1], high = test$conf.int[2],
    target = test$estimate[1], reference = test$estimate[2]
  )
}))
fit <- suppressWarnings(lmFit(x, cbind(1, two)))
welch_t$average <- rowMeans(x, na.rm = TRUE)
welch_t$limma_logfc <- fit$coefficients[, "two"]
welch_t$multtest_t <- suppressWarnings(mt.teststat(x, two, test = "t"))
write_exact(welch_t, "welch_t.csv")

# Welch's F: oneway.test, with genefilter's rowFtests where nothing is missing -------------------------------------------

welch_f <- do.call(rbind, lapply(list(three, four), function(codes) {
  second <- rowFtests(x, factor(codes), var.equal = FALSE)
  complete <- rowSums(is.na(x)) == 0
  do.call(rbind, lapply(seq_len(genes), function(gene) {
    test <- tryCatch(oneway.test(x[gene, ] ~ factor(codes), var.equal = FALSE), error = function(e) NULL)
    all_groups <- length(unique(codes[!is.na(x[gene, ])])) == length(unique(codes))
    if (is.null(test) || !all_groups) { # oneway.test drops an empty group, genereport does not
      test <- list(statistic = NA, parameter = c(NA, NA), p.value = NA)
    }
    data.frame(
      groups = length(unique(codes)), gene,
      f = test$statistic, df1 = test$parameter[1], df2 = test$parameter[2], p = test$p.value,
      genefilter_f = if (complete[gene]) second$statistic[gene] else NA,
      genefilter_p = if (complete[gene]) second$p.value[gene] else NA
    )
  }))
}))
write_exact(welch_f, "welch_f.csv")

# Tails of t and F -----------------------------------------------------------------------------------------------------

tails_t <- expand.grid(t = c(0, 10^seq(-12, 5, by = 0.5)), df = c(1, 1.5, 2.3, 7.7, 18, 36.2, 200.5, 1e4))
tails_t$p <- 2 * pt(-tails_t$t, tails_t$df)
write_exact(tails_t[tails_t$p > 1e-300, ], "tails_t.csv")

tails_f <- expand.grid(f = c(0, 10^seq(-12, 5, by = 1)), df1 = c(1, 2, 3), df2 = c(1.3, 2.5, 7.7, 36.2, 200.5, 1e4))
tails_f$p <- pf(tails_f$f, tails_f$df1, tails_f$df2, lower.tail = FALSE)
write_exact(tails_f[tails_f$p > 1e-300, ], "tails_f.csv")

# Adjusted p-values, with missing ones, ties, 0 and 1 --------------------------------------------------------------------

p <- c(rbeta(60, 0.3, 3), rep(0.01, 5), rep(0.03, 3), NA, NA, NA, 0, 1, 1, 1e-40, runif(20))
p <- sample(p)
write_exact(
  data.frame(
    p,
    bonferroni = p.adjust(p, "bonferroni"), holm = p.adjust(p, "holm"), benjamini_hochberg = p.adjust(p, "BH")
  ),
  "adjusted.csv"
)

# Principal components of the first 30 genes (wide) and of 5 of them (tall) -----------------------------------------------

components <- do.call(rbind, lapply(c(30, 5), function(count) {
  fit <- prcomp(t(x[seq_len(count), ]))
  keep <- seq_len(min(count, samples - 1))
  do.call(rbind, lapply(keep, function(axis) {
    data.frame(genes = count, component = axis, sdev = fit$sdev[axis], gene = seq_len(count), loading = fit$rotation[, axis])
  }))
}))
write_exact(components, "components.csv")

# Wilson intervals -----------------------------------------------------------------------------------------------------

wilson <- do.call(rbind, lapply(c(1, 5, 34, 72, 1000), function(n) {
  do.call(rbind, lapply(unique(c(0, 1, n %/% 3, n - 1, n)), function(successes) {
    do.call(rbind, lapply(c(0.9, 0.95, 0.99), function(confidence) {
      limits <- suppressWarnings(prop.test(successes, n, conf.level = confidence, correct = FALSE))$conf.int
      data.frame(successes, n, confidence, low = limits[1], high = limits[2])
    }))
  }))
}))
write_exact(wilson, "wilson.csv")

# ROC curves: continuous and tied scores, balanced and not ---------------------------------------------------------------

draw <- function(case, n, cases, digits) {
  positive <- sample(rep(0:1, c(n - cases, cases)))
  data.frame(case, positive, score = round(rnorm(n, mean = positive), digits))
}
scores <- rbind(draw("continuous", 40, 20, 15), draw("tied", 60, 25, 1), draw("coarse", 34, 14, 0), draw("unbalanced", 50, 4, 2))
write_exact(scores, "scores.csv")

curves <- lapply(split(scores, factor(scores$case, unique(scores$case))), function(part) {
  roc(part$positive, part$score, levels = c(0, 1), direction = "<")
})
write_exact(
  do.call(rbind, lapply(names(curves), function(case) {
    limits <- as.numeric(ci.auc(curves[[case]], method = "delong"))
    data.frame(case, low = limits[1], auc = limits[2], high = limits[3])
  })),
  "auc.csv"
)
write_exact(
  do.call(rbind, lapply(names(curves), function(case) {
    data.frame(case, fpr = rev(1 - curves[[case]]$specificities), tpr = rev(curves[[case]]$sensitivities))
  })),
  "roc.csv"
)

# Arrays: median, mad() and normal scores of the samples -----------------------------------------------------------------

arrays <- x[1:120, 1:6]
robust <- scale(arrays, apply(arrays, 2, median, na.rm = TRUE), apply(arrays, 2, mad, na.rm = TRUE))
normal <- apply(arrays, 2, function(value) qnorm((rank(value, na.last = "keep") - 0.5) / sum(!is.na(value))))
write_exact(
  data.frame(
    sample = rep(1:6, each = 120), gene = rep(1:120, 6), robust = as.vector(robust), normal = as.vector(normal)
  ),
  "arrays.csv"
)
