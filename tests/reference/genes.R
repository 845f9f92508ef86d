# Symbols of 100 Ensembl ids, of 100 Entrez numbers and of 100 other names in Bioconductor's org.Hs.eg.db (NCBI, 2022).

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
suppressPackageStartupMessages(library(org.Hs.eg.db))

set.seed(20260625)
db <- org.Hs.eg.db
named <- function(ids, kind) {
  symbols <- mapIds(db, ids, "SYMBOL", kind, multiVals = function(x) paste(sort(x), collapse = "|"))
  table <- data.frame(kind = tolower(kind), id = ids, symbol = unname(symbols))
  table[!grepl("^LOC", table$symbol), ]
}
pick <- function(table, n) table[sort(sample(nrow(table), n)), ]

ensembl <- pick(named(sort(keys(db, "ENSEMBL")), "ENSEMBL"), 100)
entrez <- pick(named(sort(keys(db, "ENTREZID")), "ENTREZID"), 100)
names <- named(setdiff(sort(keys(db, "ALIAS")), keys(db, "SYMBOL")), "ALIAS")
names <- pick(names[!grepl("[^A-Za-z0-9.-]", names$id), ], 100)
limma <- vapply(names$id, function(name) paste(sort(limma::alias2Symbol(name)), collapse = "|"), "")
stopifnot(identical(unname(limma), names$symbol))  # limma says the same
write_exact(rbind(ensembl, entrez, names), "genes.csv")
