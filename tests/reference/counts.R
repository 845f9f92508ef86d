# Simulates the input of tests/unit/stats/test_counts.py, test_lowess.py, test_array_weights.py and test_voom.py, and writes
# what edgeR and limma make of it.
# Usage: Rscript tests/reference/counts.R

suppressPackageStartupMessages({
  library(edgeR)
  library(limma)
})

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20141529)

genes <- 160
samples <- 12
names <- sprintf("g%03d", seq_len(genes))

# Counts: six units with two samples each, depths from 0.3 to 4, one noisy sample --------------------------------------

two <- c(0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1)
three <- rep(0:2, 4)
unit <- rep(1:6, each = 2)
age <- round(rnorm(samples, 50, 10), 1)
depth <- c(1, 0.3, 2, 4, 0.7, 1.2, 0.5, 3, 1, 0.8, 1.5, 0.4)
rate <- exp(rnorm(genes, 3.5, 2.2)) %o% depth
rate <- rate * exp(matrix(rnorm(genes * 6, sd = 0.4), genes)[, unit])
rate[1:25, two == 1] <- rate[1:25, two == 1] * 4
rate[26:40, three == 2] <- rate[26:40, three == 2] / 3
rate[, 9] <- rate[, 9] * exp(rnorm(genes, sd = 1.2))
rate[41, 4] <- 2e5 # one gene takes up most of a library
draw <- matrix(rnbinom(genes * samples, mu = rate, size = 6), genes)
draw[42:45, ] <- 0 # no count at all
draw[46:48, two == 1] <- 0
draw[49, ] <- c(1, rep(0, samples - 1))
draw[50, ] <- c(rep(0, 6), 3000, rep(0, 5))
draw[51:52, ] <- 10
fractional <- round(draw * matrix(runif(genes * samples, 0.6, 1.4), genes), 3) # as salmon divides reads
sparse <- matrix(rpois(genes * samples, 0.15), genes)
x <- list(whole = draw, fractional = fractional, sparse = sparse)
table <- function(kind, values) {
  data.frame(kind, two, three, unit, age, setNames(as.data.frame(t(values)), names))
}
write_exact(do.call(rbind, Map(table, names(x), x)), "counts_input.csv")

# filterByExpr -----------------------------------------------------------------------------------------------------------

by_two <- model.matrix(~two)
by_three <- model.matrix(~ factor(three))
by_age <- model.matrix(~ two + age)
sizes <- depth * 1e5
filtered <- do.call(rbind, lapply(names(x), function(kind) {
  counts <- x[[kind]]
  data.frame(
    kind, gene = seq_len(genes),
    two = filterByExpr(counts, group = two),
    three = filterByExpr(counts, group = three),
    design = filterByExpr(counts, design = by_three),
    age = filterByExpr(counts, design = by_age),
    origin = filterByExpr(counts, design = cbind(age)),
    none = suppressMessages(filterByExpr(counts)),
    sizes = filterByExpr(counts, group = two, lib.size = sizes),
    lenient = filterByExpr(counts, group = two, min.count = 3, min.total.count = 5),
    large = filterByExpr(counts, group = two, large.n = 3, min.prop = 0.5)
  )
}))
for (column in names(filtered)[-(1:2)]) filtered[[column]] <- as.integer(filtered[[column]])
write_exact(filtered, "counts_filter.csv")

# calcNormFactors; factors of the last four samples against the first eight ---------------------------------------------

frozen <- function(counts, train) {
  part <- counts[, train]
  size <- colSums(part)
  column <- edgeR:::.calcFactorQuantile(part[rowSums(part) > 0, ], size)
  column <- which.min(abs(column - mean(column)))
  raw <- function(j) edgeR:::.calcFactorTMM(counts[, j], part[, column], sum(counts[, j]), size[column])
  factors <- sapply(seq_len(ncol(counts)), raw)
  stopifnot(isTRUE(all.equal(unname(calcNormFactors(part)), factors[train] / exp(mean(log(factors[train]))), tolerance = 1e-15)))
  factors / exp(mean(log(factors[train])))
}
factors <- do.call(rbind, lapply(names(x), function(kind) {
  counts <- x[[kind]]
  data.frame(
    kind, sample = seq_len(samples),
    plain = calcNormFactors(counts),
    sizes = calcNormFactors(counts, lib.size = sizes),
    unweighted = calcNormFactors(counts, doWeighting = FALSE),
    trimmed = calcNormFactors(counts, logratioTrim = 0.1, sumTrim = 0.2),
    cutoff = calcNormFactors(counts, Acutoff = -10),
    frozen = if (kind == "sparse") NA else frozen(counts, 1:8),
    pair = c(calcNormFactors(counts[, 3:4]), rep(NA, samples - 2))
  )
}))
write_exact(factors, "counts_factors.csv")

# cpm --------------------------------------------------------------------------------------------------------------------

logs <- function(case, values) data.frame(case, sample = seq_len(ncol(values)), setNames(as.data.frame(t(values)), names))
effective <- lapply(x, function(counts) colSums(counts) * calcNormFactors(counts))
last <- 9:12
log_cpm <- rbind(
  logs("whole", cpm(draw, log = TRUE)),
  logs("fractional", cpm(DGEList(fractional, norm.factors = calcNormFactors(fractional)), log = TRUE)),
  logs("prior", cpm(draw, lib.size = effective$whole, log = TRUE, prior.count = 0.25)),
  # further samples, with the prior of the first eight
  logs("frozen", cpm(draw[, last], log = TRUE, prior.count = 2 * mean(colSums(draw)[last]) / mean(colSums(draw)[1:8])))
)
write_exact(log_cpm, "counts_log_cpm.csv")

# lowess -----------------------------------------------------------------------------------------------------------------

smooth <- function(case, x, f, iter = 3L, delta = 0.01 * diff(range(x))) {
  y <- sin(x) + rt(length(x), 2)
  line <- lowess(x, y, f, iter, delta)
  data.frame(case, x, y, f, iter, delta, line_x = line$x, line_y = line$y)
}
smoothed <- rbind(
  smooth("normal", rnorm(200), 0.5),
  smooth("skewed", rexp(200)^3, 0.5),
  smooth("ties", round(rnorm(200), 1), 0.3),
  smooth("mostly tied", c(rep(1, 60), rnorm(40)), 0.2),
  smooth("not robust", rnorm(100), 2 / 3, 0L),
  smooth("every point", rnorm(100), 0.5, 3L, 0),
  smooth("coarse", rnorm(101), 1, 2L, 0.5),
  smooth("few", rnorm(7), 0.8)
)
write_exact(smoothed, "counts_lowess.csv")

# voom, voomWithQualityWeights -------------------------------------------------------------------------------------------

given <- round(exp(rnorm(samples, sd = 0.5)), 3)
correlation <- 0.35
fits <- list(
  two = voom(draw, by_two, save.plot = TRUE),
  normalised = voom(draw, by_two, lib.size = effective$whole, save.plot = TRUE),
  fractional = voom(fractional, by_three, lib.size = effective$fractional, span = 0.7, save.plot = TRUE),
  age = voom(draw, by_age, save.plot = TRUE),
  weighted = voom(draw, by_two, weights = given, save.plot = TRUE),
  blocked = voom(draw, by_two, block = unit, correlation = correlation, save.plot = TRUE),
  both = voom(draw, by_two, block = unit, correlation = correlation, weights = given, save.plot = TRUE),
  quality = voomWithQualityWeights(draw, by_two, save.plot = TRUE),
  reml = voomWithQualityWeights(draw, by_two, method = "reml", save.plot = TRUE)
)
values <- function(case, what, matrix) {
  data.frame(case, what, sample = seq_len(samples), setNames(as.data.frame(t(matrix)), names))
}
write_exact(rbind(
  values("two", "values", fits$two$E), values("fractional", "values", fits$fractional$E),
  do.call(rbind, lapply(names(fits), function(case) values(case, "weights", fits[[case]]$weights)))
), "voom_values.csv")
write_exact(do.call(rbind, lapply(c("two", "fractional", "both"), function(case) {
  trend <- fits[[case]]
  data.frame(case, x = trend$voom.xy$x, y = trend$voom.xy$y, line_x = trend$voom.line$x, line_y = trend$voom.line$y)
})), "voom_trend.csv")

# arrayWeights -----------------------------------------------------------------------------------------------------------

gaps <- fits$two$E
gaps[60:90, ][matrix(runif(31 * samples) < 0.2, 31)] <- NA
gaps[91, -(1:3)] <- NA
gaps[92, two == 1] <- NA
zero <- fits$two$weights
zero[100, 3] <- 0
flat <- fits$two$E
flat[1:3, ] <- 5
arrays <- data.frame(
  sample = seq_len(samples), given,
  gene_by_gene = arrayWeights(fits$two, by_two),
  gene_by_gene_equal = arrayWeights(fits$two$E, by_two, method = "genebygene"),
  gene_by_gene_gaps = arrayWeights(gaps, by_two, method = "genebygene"),
  gene_by_gene_zero = arrayWeights(fits$two$E, by_two, weights = zero, method = "genebygene"),
  gene_by_gene_flat = arrayWeights(flat, by_two, method = "genebygene", prior.n = 1),
  reml = arrayWeights(fits$two, by_age, method = "reml"),
  reml_equal = arrayWeights(fits$two$E, by_two),
  reml_gaps = suppressMessages(arrayWeights(gaps, by_two, method = "reml")),
  reml_flat = arrayWeights(flat, by_two, method = "reml", prior.n = 1),
  voom_quality = fits$quality$targets$sample.weights,
  voom_reml = fits$reml$targets$sample.weights
)
write_exact(arrays, "voom_arrays.csv")
gaps_table <- data.frame(sample = seq_len(samples), setNames(as.data.frame(t(gaps)), names))
write_exact(gaps_table[, c(1, 1 + 60:92)], "voom_gaps.csv")

# duplicateCorrelation, two rounds; lmFit and eBayes -------------------------------------------------------------------

keep <- filterByExpr(draw, group = two)
kept <- draw[keep, ]
size <- colSums(kept) * calcNormFactors(kept)
rounds <- function(quality) {
  step <- if (quality) voomWithQualityWeights else voom
  first <- step(kept, by_two, lib.size = size)
  one <- duplicateCorrelation(first, by_two, block = unit)
  second <- step(kept, by_two, lib.size = size, block = unit, correlation = one$consensus)
  two <- duplicateCorrelation(second, by_two, block = unit)
  list(fit = second, one = one, two = two)
}
blocked <- list(blocks = rounds(FALSE), "blocks quality" = rounds(TRUE))
write_exact(do.call(rbind, lapply(names(blocked), function(case) {
  found <- blocked[[case]]
  data.frame(case, gene = which(keep),
    one = found$one$consensus, one_atanh = found$one$atanh.correlations,
    two = found$two$consensus, two_atanh = found$two$atanh.correlations
  )
})), "voom_blocks.csv")

moderated <- function(case, fit, contrast, ...) {
  fit <- eBayes(fit[, contrast], ...)
  data.frame(
    case, gene = as.integer(sub("g", "", rownames(fit))), contrast, estimate = fit$coefficients[, 1], unscaled = fit$stdev.unscaled[, 1],
    sigma = fit$sigma, df = fit$df.residual, average = fit$Amean, t = fit$t[, 1], df_total = fit$df.total, p = fit$p.value[, 1],
    b = fit$lods[, 1], d0 = fit$df.prior, s0 = rep_len(fit$s2.prior, nrow(fit)), posterior = fit$s2.post
  )
}
rownames(kept) <- names[keep]
plain <- voom(kept, by_two, lib.size = size)
quality <- voomWithQualityWeights(kept, by_two, lib.size = size)
log_counts <- cpm(kept, lib.size = size, log = TRUE)
of_three <- voom(kept, by_three, lib.size = size)
against_one <- relevel(factor(three), "1")
fit_blocked <- function(case) {
  found <- blocked[[case]]
  rownames(found$fit) <- names[keep]
  lmFit(found$fit, by_two, block = unit, correlation = found$two$consensus)
}
write_exact(rbind(
  moderated("voom", lmFit(plain, by_two), 2),
  moderated("quality", lmFit(quality, by_two), 2),
  moderated("trend", lmFit(log_counts, by_two), 2, trend = TRUE),
  moderated("blocks", fit_blocked("blocks"), 2),
  moderated("blocks quality", fit_blocked("blocks quality"), 2),
  moderated("three", lmFit(of_three, by_three), 2),
  moderated("three", lmFit(of_three, by_three), 3),
  # limma's contrasts.fit is approximate with weights; the other reference level makes the contrast a coefficient
  transform(moderated("three", lmFit(of_three, model.matrix(~against_one)), 3), contrast = 4)
), "voom_limma.csv")
# the F-test of each gene by itself, for limma's is approximate with weights, too
write_exact(data.frame(gene = which(keep), f = sapply(seq_along(which(keep)), function(i) {
  anova(lm(of_three$E[i, ] ~ factor(three), weights = of_three$weights[i, ]))$F[1]
})), "voom_f.csv")
cat(sum(keep), "genes kept; consensus", blocked$blocks$two$consensus, "\n")
print(arrays, digits = 4)
