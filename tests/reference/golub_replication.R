# Golub 1999: the genes that are significant in the 38 training samples, tested again in the 34 independent ones.
# Derived figures only (no expression values).
# Usage: Rscript tests/reference/golub_replication.R ../shared/cohorts/golub

arguments <- commandArgs(trailingOnly = FALSE)
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", arguments, value = TRUE))))
source(file.path(here, "common.R"))
cohort <- commandArgs(trailingOnly = TRUE)[1]
actual <- read.csv(file.path(cohort, "actual.csv"))

read_set <- function(name) {
  table <- read.csv(file.path(cohort, name), check.names = FALSE, quote = "\"")
  patients <- grep("^[0-9]+$", names(table), value = TRUE)
  x <- log2(pmin(pmax(as.matrix(table[, patients]), 100), 16000)) # floor 100, cap 16,000, no array scaling
  rownames(x) <- table[["Gene Accession Number"]]
  list(x = x, cancer = actual$cancer[match(as.integer(patients), actual$patient)]) # joined by id
}

train <- read_set("data_set_ALL_AML_train.csv")
test <- read_set("data_set_ALL_AML_independent.csv")
varies <- apply(train$x, 1, function(value) max(value) > min(value))
genes <- rownames(train$x)[varies & !startsWith(rownames(train$x), "AFFX")]

welch <- function(set, genes) {
  found <- t(sapply(genes, function(gene) {
    value <- set$x[gene, ]
    result <- t.test(value[set$cancer == "AML"], value[set$cancer == "ALL"])
    c(unname(result$estimate[1] - result$estimate[2]), result$conf.int, result$p.value)
  }))
  colnames(found) <- c("effect", "low", "high", "p")
  as.data.frame(found)
}

trained <- welch(train, genes)
kept <- genes[p.adjust(trained$p, "bonferroni") < 0.05]
before <- trained[kept, ]
after <- welch(test, kept)
ratio <- after$effect / before$effect
same <- ratio > 0
wilson <- prop.test(sum(same), length(kept), correct = FALSE)$conf.int
counts <- data.frame(
  genes = length(kept), same = sum(same), replicated = sum(same & after$p < 0.05),
  replicated_bh = sum(same & p.adjust(after$p, "BH") < 0.05), opposed = sum(!same & after$p < 0.05),
  smaller = sum(ratio < 1), low = wilson[1], high = wilson[2], median = median(ratio), smallest = min(ratio), largest = max(ratio)
)
write_exact(counts, "golub_replication.csv")
write_exact(
  cbind(gene = kept[!same], after[!same, ], ratio = ratio[!same]), "golub_replication_reversed.csv"
)
