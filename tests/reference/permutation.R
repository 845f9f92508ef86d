# Small matrices and what multtest's mt.maxT and mt.minP make of them under all labellings.
# Usage: Rscript tests/reference/permutation.R

suppressPackageStartupMessages(library(multtest))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(19930101)

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
    gene = rep(seq_len(genes), each = n), value = as.vector(t(x))
  ))
  output <- rbind(output, data.frame(
    case = case$name, gene = seq_len(genes), statistic = max_t$teststat, raw = max_t$rawp, max_t = max_t$adjp,
    min_p_raw = min_p$rawp, min_p = min_p$adjp
  ))
}
write_exact(input, "permutation_input.csv")
write_exact(output, "permutation.csv")
