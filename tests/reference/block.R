# Simulates the input of tests/unit/stats/test_block.py and writes what limma's duplicateCorrelation, lmFit and eBayes make of it.
# Usage: Rscript tests/reference/block.R

suppressPackageStartupMessages(library(limma))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20052067)

# 60 genes x 22 samples of nine units with one to four samples each; class and group are crossed with them -------------

genes <- 60
block <- rep(1:9, c(4, 3, 3, 2, 2, 2, 1, 1, 4))
samples <- length(block)
two <- c(0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0)
three <- rep(0:2, length.out = samples)
age <- round(rnorm(samples, 50, 10), 1)
unit <- matrix(rnorm(genes * 9), genes, 9)
share <- rep(c(0, 0.2, 0.5, 0.8), length.out = genes) # of the variance that is between units
spread <- sqrt(0.3 * 5 / rchisq(genes, 5))
plain <- 8 + spread * (sqrt(share) * unit[, block] + sqrt(1 - share) * matrix(rnorm(genes * samples), genes))
plain[1:15, two == 1] <- plain[1:15, two == 1] + 1
plain[41, ] <- 7 + 0.3 * unit[41, block] # nothing varies within the units
plain[42, two == 1] <- 6.5 # one class is constant
gaps <- plain
gaps[1:30, ][matrix(runif(30 * samples) < 0.15, 30)] <- NA
gaps[31, two == 1] <- NA
gaps[32, -(1:4)] <- NA
gaps[33, duplicated(block)] <- NA # one sample a unit: tells no correlation
gaps[34, -1] <- NA
weights <- matrix(round(exp(rnorm(genes * samples, sd = 0.7)), 4), genes)
weights[5, 3] <- 0

table <- function(kind, values) data.frame(kind, block, two, three, age, setNames(as.data.frame(t(values)), sprintf("g%02d", seq_len(genes))))
write_exact(rbind(table("plain", plain), table("gaps", gaps), table("weights", weights)), "block_input.csv")

# limma ------------------------------------------------------------------------------------------------------------------

moderated <- function(case, values, design, contrasts, weights = NULL) {
  found <- suppressWarnings(duplicateCorrelation(values, design, block = block, weights = weights))
  fit <- suppressWarnings(lmFit(values, design, block = block, correlation = found$consensus.correlation, weights = weights))
  fit <- if (is.matrix(contrasts)) contrasts.fit(fit, contrasts) else contrasts.fit(fit, coefficients = contrasts)
  fit <- suppressWarnings(eBayes(fit))
  do.call(rbind, lapply(seq_len(ncol(fit$t)), function(column) {
    data.frame(
      case, gene = seq_len(genes), contrast = column, consensus = found$consensus.correlation, atanh = found$atanh.correlations,
      estimate = fit$coefficients[, column], unscaled = fit$stdev.unscaled[, column], sigma = fit$sigma, df = fit$df.residual,
      ordinary_p = 2 * pt(-abs(fit$coefficients[, column] / fit$stdev.unscaled[, column] / fit$sigma), fit$df.residual),
      t = fit$t[, column], df_total = fit$df.total, p = fit$p.value[, column], b = fit$lods[, column],
      f = fit$F, f_p = fit$F.p.value, d0 = fit$df.prior, s0 = fit$s2.prior, posterior = fit$s2.post
    )
  }))
}
by_two <- model.matrix(~two)
by_three <- model.matrix(~ factor(three))
result <- rbind(
  moderated("two", plain, by_two, 2),
  moderated("three", plain, by_three, cbind(c(0, 1, 0), c(0, 0, 1), c(0, -1, 1))),
  moderated("covariate", plain, model.matrix(~ two + age), 2),
  moderated("gaps", gaps, by_two, 2),
  moderated("weights", plain, by_two, 2, weights),
  moderated("gaps weights", gaps, by_two, 2, weights)
)
write_exact(result, "block_limma.csv")
print(unique(result[c("case", "consensus", "d0", "s0")]), digits = 15)
