# Rscript benchmarks/power.R FOLDER: tests every x_*.tsv there by limma-voom, edgeR's quasi-likelihood and DESeq2.
suppressMessages({library(edgeR); library(DESeq2)})
folder <- commandArgs(TRUE)[1]
for (file in list.files(folder, "^x_.*tsv$", full.names = TRUE)) {
  x <- as.matrix(read.delim(file, row.names = 1))
  class <- factor(read.delim(sub("x_", "s_", file), row.names = 1)[colnames(x), "class"])
  design <- model.matrix(~class)
  y <- DGEList(x)
  y <- calcNormFactors(y[filterByExpr(y, design), , keep.lib.sizes = FALSE])
  limma <- eBayes(lmFit(voom(y, design), design))$p.value[, 2]
  ql <- glmQLFTest(glmQLFit(estimateDisp(y, design), design))$table$PValue
  data <- DESeqDataSetFromMatrix(y$counts, data.frame(class), ~class)
  seconds <- system.time(found <- results(DESeq(data, quiet = TRUE), alpha = 0.05))[["elapsed"]]
  write.table(data.frame(gene = rownames(y), limma, ql, deseq = found$pvalue, adjusted = found$padj, seconds),
              sub("x_", "p_", file), sep = "\t", quote = FALSE, row.names = FALSE)
}
cat(R.version.string, "; limma", as.character(packageVersion("limma")), "; edgeR", as.character(packageVersion("edgeR")),
    "; DESeq2", as.character(packageVersion("DESeq2")), "\n")
