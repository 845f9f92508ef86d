# Rscript tests/reference/mds.R: leading log fold changes of limma's plotMDS, for a seeded matrix of 60 genes and 7 samples.
suppressMessages(library(limma))
set.seed(15)
x <- matrix(round(rnorm(420, 5, 2), 4), 60, 7, dimnames = list(paste0("g", 1:60), paste0("s", 1:7)))
write.csv(x, "tests/reference/mds_input.csv", quote = FALSE)
rows <- NULL
for (selection in c("pairwise", "common")) {
  found <- plotMDS(x, top = 20, gene.selection = selection, plot = FALSE)
  rows <- rbind(rows, data.frame(selection, sample = colnames(x), x = found$x, y = found$y,
                                 share_x = found$var.explained[1], share_y = found$var.explained[2]))
}
write.csv(format(rows, digits = 16), "tests/reference/mds.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "limma", as.character(packageVersion("limma")), "\n")
