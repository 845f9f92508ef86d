# Simulates the input of tests/unit/analyses/test_planned_contrasts.py, and writes what limma, edgeR and t.test make of it.
# Usage: Rscript tests/reference/contrasts.R

suppressPackageStartupMessages({
  library(edgeR)
  library(limma)
})

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20240607)

samples <- 18
genes <- 90
names <- sprintf("g%02d", seq_len(genes))
sheet <- data.frame(
  sample = sprintf("s%02d", seq_len(samples)),
  condition = rep(c("control", "low", "high"), each = 6),
  batch = c(1, 1, 2, 2, 3, 3, 2, 2, 1, 1, 3, 3, 3, 1, 2, 1, 2, 3), # numbers that are names
  quality = c("good", "good", "poor", rep("good", 6), "poor", rep("good", 8))
)
high <- sheet$condition == "high"
effect <- matrix(0, genes, samples)
effect[1:12, sheet$condition == "low"] <- 1.5
effect[7:20, high] <- -2
effect[21:30, sheet$batch == 2] <- 1
arrays <- 8 + effect + matrix(rnorm(genes * samples, sd = 0.2 + rexp(genes, 3)), genes)
depth <- exp(rnorm(samples, sd = 0.4))
rate <- exp(rnorm(genes, 3.5, 1.8)) %o% depth * 2^effect
counts <- matrix(rnbinom(genes * samples, mu = rate, size = 8), genes)
counts[88, ] <- c(rep(0, 12), 40, 50, 30, 60, 20, 10) # no count in two of the conditions
counts[89, ] <- rpois(samples, 0.3)
values <- function(kind, matrix) data.frame(kind, sheet, setNames(as.data.frame(t(matrix)), names))
write_exact(rbind(values("log2", round(arrays, 6)), values("counts", counts)), "contrasts_input.csv")
arrays <- round(arrays, 6)

# The contrasts: control - low within batches, without poor samples; low - high; batch 2 - batch 1 within conditions ---------

planned <- list(
  low_vs_control = list(variable = "condition", reference = "control", target = "low", blocking = "batch", good = TRUE),
  high_vs_low = list(variable = "condition", reference = "low", target = "high", blocking = NULL, good = FALSE),
  batches = list(variable = "batch", reference = "1", target = "2", blocking = "condition", good = FALSE)
)

design_of <- function(plan, used) {
  level <- relevel(factor(used[[plan$variable]]), plan$reference)
  if (is.null(plan$blocking)) return(model.matrix(~level))
  block <- factor(used[[plan$blocking]])
  model.matrix(~ level + block)
}
tested <- function(contrast, kind, fit, index, welch = NULL) {
  fit <- eBayes(fit)
  ordinary <- fit$coefficients / fit$stdev.unscaled / fit$sigma
  data.frame(
    contrast, kind, gene = names[index],
    logFC = fit$coefficients[, 2],
    t = if (is.null(welch)) ordinary[, 2] else welch$t,
    P = if (is.null(welch)) 2 * pt(-abs(ordinary[, 2]), fit$df.residual) else welch$p,
    t.mod = fit$t[, 2], P.mod = fit$p.value[, 2], B = fit$lods[, 2]
  )
}
found <- do.call(rbind, lapply(names(planned), function(name) {
  plan <- planned[[name]]
  rows <- if (plan$good) sheet$quality == "good" else rep(TRUE, samples)
  used <- sheet[rows, ]
  design <- design_of(plan, used)
  coefficient <- paste0("level", plan$target)
  design <- design[, c("(Intercept)", coefficient, setdiff(colnames(design), c("(Intercept)", coefficient)))]
  welch <- NULL
  if (is.null(plan$blocking)) {
    level <- used[[plan$variable]]
    each <- lapply(seq_len(genes), function(g) t.test(arrays[g, rows][level == plan$target], arrays[g, rows][level == plan$reference]))
    welch <- list(t = sapply(each, function(test) test$statistic), p = sapply(each, function(test) test$p.value))
  }
  kept <- filterByExpr(counts[, rows], design)
  y <- calcNormFactors(DGEList(counts[kept, rows]))
  rbind(
    tested(name, "log2", lmFit(arrays[, rows], design), seq_len(genes), welch),
    tested(name, "counts", lmFit(voom(y, design)), which(kept))
  )
}))
write_exact(found, "contrasts.csv")
