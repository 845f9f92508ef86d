# Writes tests/cases/r_objects: one cohort of 12 samples and 60 genes as each kind of object that genereport reads.
# Run in that folder: Rscript ../../reference/r_objects.R   (R 4.2.2, Bioconductor 3.16)
suppressMessages({
  library(Biobase)
  library(SummarizedExperiment)
  library(DESeq2)
  library(edgeR)
  library(Matrix)
})
set.seed(15)
mean <- matrix(rlnorm(60, 4, 1.6), 60, 12)
mean[1:6, 7:12] <- 4 * mean[1:6, 7:12]
counts <- matrix(rnbinom(720, mu = mean, size = 8), 60, 12)
dimnames(counts) <- list(paste0("GENE", 1:60), sprintf("P%02d", 1:12))
samples <- data.frame(
  condition = factor(rep(c("control", "treated"), each = 6)), age = c(41:51, NA),
  taken = as.Date("2021-03-01") + 0:11, smoker = c(TRUE, FALSE, NA)[1 + 0:11 %% 3], row.names = colnames(counts)
)
genes <- data.frame(symbol = paste0("SYM", 1:60), score = 1:60, row.names = rownames(counts))
write.csv(counts, "counts.csv", quote = FALSE)

saveRDS(counts, "matrix.rds")
saveRDS(data.frame(gene = rownames(counts), unname(counts) |> as.data.frame() |> setNames(colnames(counts))),
        "frame.rds", compress = "xz")
saveRDS(samples, "samples.rds", compress = "bzip2")
saveRDS(counts, "text.rds", ascii = TRUE)
saveRDS(unname(counts), "nameless.rds")
saveRDS(list(counts = counts, abundance = counts / 2, length = counts, countsFromAbundance = "no"), "tximport.rds")
save(counts, samples, file = "two.rda")
saveRDS(lm, "function.rds")

described <- AnnotatedDataFrame(samples)
saveRDS(ExpressionSet(log2(counts + 1), phenoData = described, featureData = AnnotatedDataFrame(genes)),
        "expression_set.rds")
experiment <- SummarizedExperiment(list(tpm = counts / 2, counts = counts), colData = samples, rowData = genes)
save(experiment, file = "experiment.RData")
saveRDS(SummarizedExperiment(list(counts = Matrix(counts, sparse = TRUE)), colData = samples), "sparse.rds")
fitted <- suppressMessages(DESeq(DESeqDataSetFromMatrix(counts, samples["condition"], ~condition), quiet = TRUE))
saveRDS(fitted, "deseq.rds")  # holds functions, with their byte code
saveRDS(calcNormFactors(DGEList(counts, group = samples$condition, genes = genes)), "dge_list.rds")
