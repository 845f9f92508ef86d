# Simulates the input of tests/unit/stats/test_deseq.py and test_dispersions.py, and writes what DESeq2 makes of it.
# Usage: Rscript tests/reference/deseq.R

suppressPackageStartupMessages(library(DESeq2))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20140550)

genes <- 240
samples <- 18
names <- sprintf("g%03d", seq_len(genes))

# Counts: three classes of six samples, nine units with two samples each, an age; some counts are outliers ---------------

two <- rep(0:1, 9)
three <- rep(0:2, each = 6)
unit <- rep(1:9, each = 2)
age <- round(rnorm(samples, 50, 10), 1)
depth <- exp(rnorm(samples, sd = 0.4))
rate <- exp(rnorm(genes, 4.5, 2)) %o% depth
rate <- rate * exp(matrix(rnorm(genes * 9, sd = 0.2), genes)[, unit])
rate[1:30, two == 1] <- rate[1:30, two == 1] * 4
rate[31:60, three == 2] <- rate[31:60, three == 2] / 3
spread <- (0.1 + 3 / rowMeans(rate)) * exp(rnorm(genes, sd = 0.6))
draw <- matrix(rnbinom(genes * samples, mu = rate, size = 1 / spread), genes)
draw[61:75, ] <- rpois(15 * samples, rate[61:75, ]) # no more than Poisson counts
for (gene in 76:95) draw[gene, gene %% samples + 1] <- draw[gene, gene %% samples + 1] * 20 + 500
draw[96:98, two == 1] <- 0
draw[99, ] <- c(7, rep(0, samples - 1))
draw[100, ] <- c(1, 0, 0, 2, rep(0, samples - 4))
draw[101, three < 2] <- 0 # two of three classes without a count
draw <- draw[rowSums(draw) > 0, ]
genes <- nrow(draw)
names <- sprintf("g%03d", seq_len(genes))
table <- function(values) setNames(as.data.frame(t(values)), names)
write_exact(data.frame(two, three, unit, age, table(draw)), "deseq_input.csv")

# Dispersions that rise with the mean, so that the trend cannot be fitted
level <- exp(seq(log(5), log(5000), length.out = 120))
rising <- matrix(rnbinom(120 * 8, mu = level, size = 1 / (0.02 * level^0.5)), 120)
rising <- rising[rowSums(rising) > 0, ]
write_exact(as.data.frame(t(rising)), "deseq_rising.csv")

# Size factors -----------------------------------------------------------------------------------------------------------

sparse <- draw
sparse[cbind(seq_len(genes), (seq_len(genes) - 1) %% samples + 1)] <- 0 # every gene has a zero
write_exact(data.frame(
  ratio = estimateSizeFactorsForMatrix(draw),
  poscounts = sizeFactors(estimateSizeFactors(DESeqDataSetFromMatrix(sparse, data.frame(two), ~1), type = "poscounts"))
), "deseq_sizes.csv")

# DESeq, results ---------------------------------------------------------------------------------------------------------

sheet <- data.frame(two = factor(two), three = factor(three), unit = factor(unit), age)
fitted <- function(design, columns = seq_len(samples), counts = draw, data = sheet, ...) {
  counts <- counts[, columns]
  kept <- rowSums(counts) > 0
  found <- DESeqDataSetFromMatrix(counts[kept, ], droplevels(data[columns, ]), design)
  rownames(found) <- which(kept)
  suppressMessages(DESeq(found, quiet = TRUE, ...))
}
few <- c(1, 3, 5, 2, 4, 6)
tiny <- c(1, 3, 2, 4)
models <- list(
  two = fitted(~two), # nine samples of each: outliers are replaced
  plain = fitted(~two, minReplicatesForReplace = Inf), # the same, outliers kept
  three = fitted(~three), # six: genes with outliers have no p-value
  age = fitted(~ age + two),
  unit = fitted(~ unit + two),
  few = fitted(~two, few),
  tiny = fitted(~two, tiny),
  rising = fitted(~two, 1:8, rising, sheet, fitType = "mean")
)
described <- function(case, pair, model, ...) {
  found <- as.data.frame(results(model, alpha = 0.05, ...))
  inner <- as.data.frame(mcols(model))
  data.frame(
    case, pair, gene = as.integer(rownames(found)), mean = found$baseMean, own = inner$dispGeneEst, trend = inner$dispFit,
    shrunken = inner$dispMAP, final = inner$dispersion, outlying = as.integer(inner$dispOutlier),
    log_fold = found$log2FoldChange, error = found$lfcSE, p = found$pvalue, adjusted = found$padj
  )
}
write_exact(rbind(
  do.call(rbind, lapply(setdiff(names(models), "three"), function(case) described(case, 1, models[[case]]))),
  described("three", 1, models$three, name = "three_1_vs_0"),
  described("three", 2, models$three, name = "three_2_vs_0"),
  # without the exception for classes without counts, which the argument `contrast = c("three", "2", "1")` makes
  described("three", 3, models$three, contrast = c(0, -1, 1))
), "deseq_genes.csv")
write_exact(do.call(rbind, lapply(names(models), function(case) {
  model <- models[[case]]
  trend <- dispersionFunction(model)
  coefficients <- if (attr(trend, "fitType") == "mean") c(attr(trend, "mean"), 0) else attr(trend, "coefficients")
  data.frame(
    case, asymptote = coefficients[1], extra = coefficients[2], variance = attr(trend, "dispPriorVar"),
    spread = sqrt(attr(trend, "varLogDispEsts")), threshold = metadata(results(model, alpha = 0.05))$filterThreshold
  )
})), "deseq_cases.csv")
write_exact(data.frame(sample = seq_len(samples), table(assays(models$three)[["cooks"]])), "deseq_cooks.csv")

# Likelihood ratio -------------------------------------------------------------------------------------------------------

ratio <- function(reduced) results(fitted(~three, test = "LRT", reduced = reduced), cooksCutoff = FALSE)
full <- model.matrix(~three, sheet)
general <- suppressMessages(nbinomLRT(models$three, full = full, reduced = full[, 1, drop = FALSE] * 2)) # a fit, not a mean
general <- results(general, cooksCutoff = FALSE)
default <- ratio(~1)
write_exact(data.frame(gene = seq_len(genes), statistic = general$stat, p = general$pvalue, default = default$stat), "deseq_ratio.csv")
cat("DESeq2", as.character(packageVersion("DESeq2")), "\n")
