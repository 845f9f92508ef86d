# Small matrices and what multtest's mt.maxT and mt.minP make of them under all labellings.
# Usage: Rscript tests/reference/permutation.R

suppressPackageStartupMessages(library(multtest))

RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(19930101)

arguments <- commandArgs(trailingOnly = FALSE)
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", arguments, value = TRUE))))

genes <- 40
cases <- list(
  list(name = "unbalanced", test = "t", codes = rep(0:1, c(4, 5))),
  list(name = "balanced", test = "t", codes = rep(0:1, c(4, 4))),
  list(name = "three", test = "f", codes = rep(0:2, c(3, 3, 2))),
  list(name = "pairs", test = "pairt", codes = rep(0:1, 6))
)
input <- output <- NULL
for (case in cases) {
  n <- length(case$codes)
  x <- matrix(rnorm(genes * n, mean = 8), genes, n)
  x <- x + outer(rnorm(genes), rnorm(n)) # correlated genes
  x[1:10, ] <- x[1:10, ] + outer(rnorm(10, sd = 2), case$codes)
  max_t <- mt.maxT(x, case$codes, test = case$test, side = "abs", B = 0)
  min_p <- mt.minP(x, case$codes, test = case$test, side = "abs", B = 0)
  max_t <- max_t[order(max_t$index), ]
  min_p <- min_p[order(min_p$index), ]
  input <- rbind(input, data.frame(
    case = case$name, sample = rep(seq_len(n), genes), code = rep(case$codes, genes),
    gene = rep(seq_len(genes), each = n), value = sprintf("%.17g", as.vector(t(x)))
  ))
  output <- rbind(output, data.frame(
    case = case$name, gene = seq_len(genes), statistic = sprintf("%.17g", max_t$teststat),
    raw = sprintf("%.17g", max_t$rawp), max_t = sprintf("%.17g", max_t$adjp),
    min_p_raw = sprintf("%.17g", min_p$rawp), min_p = sprintf("%.17g", min_p$adjp)
  ))
}
write.csv(input, file.path(here, "permutation_input.csv"), quote = FALSE, row.names = FALSE)
write.csv(output, file.path(here, "permutation.csv"), quote = FALSE, row.names = FALSE)
