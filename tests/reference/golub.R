# Welch's t, limma and maxT on the 38 training samples of Golub 1999, as derived figures only (no expression values).
# Usage: Rscript tests/reference/golub.R ../shared/cohorts/golub

arguments <- commandArgs(trailingOnly = FALSE)
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", arguments, value = TRUE))))
cohort <- commandArgs(trailingOnly = TRUE)[1]

train <- read.csv(file.path(cohort, "data_set_ALL_AML_train.csv"), check.names = FALSE, quote = "\"")
actual <- read.csv(file.path(cohort, "actual.csv"))
patients <- grep("^[0-9]+$", names(train), value = TRUE)
stopifnot(length(patients) == 38)

raw <- as.matrix(train[, patients])
rownames(raw) <- train[["Gene Accession Number"]]
x <- log2(pmin(pmax(raw, 100), 16000)) # floor 100, cap 16,000, no array scaling
cancer <- actual$cancer[match(as.integer(patients), actual$patient)] # joined by id

control <- startsWith(rownames(x), "AFFX")
varies <- apply(x, 1, function(value) max(value) > min(value))
tested <- x[!control & varies, ]

tests <- apply(tested, 1, function(value) {
  test <- t.test(value[cancer == "AML"], value[cancer == "ALL"])
  c(test$statistic, test$parameter, test$p.value)
})
result <- data.frame(position = seq_len(nrow(tested)), probe = rownames(tested), t(tests))
names(result)[3:5] <- c("t", "df", "p")
result$bonferroni <- p.adjust(result$p, "bonferroni")
result$holm <- p.adjust(result$p, "holm")
result$benjamini_hochberg <- p.adjust(result$p, "BH")

kept <- result$position %% 100 == 1 | rank(result$p, ties.method = "first") <= 70
table <- result[kept, ]
for (column in names(table)[3:8]) table[[column]] <- sprintf("%.17g", table[[column]])
write.csv(table, file.path(here, "golub.csv"), quote = FALSE, row.names = FALSE)

counts <- data.frame(
  controls = sum(control), untestable = sum(!control & !varies), tested = nrow(tested),
  bonferroni = sum(result$bonferroni < 0.05),
  next_bonferroni = sprintf("%.17g", sort(result$bonferroni)[sum(result$bonferroni < 0.05) + 1])
)
write.csv(counts, file.path(here, "golub_counts.csv"), quote = FALSE, row.names = FALSE)

# limma on the tested probes, and with the constant ones left in, whose zero variances distort the prior
suppressPackageStartupMessages({
  library(limma)
  library(multtest)
})
design <- model.matrix(~cancer)
moderated <- function(rows, name) {
  fit <- suppressWarnings(eBayes(lmFit(rows, design)))
  p <- fit$p.value[, 2]
  data.frame(
    rows = name, genes = nrow(rows), d0 = sprintf("%.17g", fit$df.prior), s0 = sprintf("%.17g", fit$s2.prior),
    bonferroni = sum(p.adjust(p, "bonferroni") < 0.05, na.rm = TRUE),
    smallest = sprintf("%.17g", min(p, na.rm = TRUE))
  )
}
limma_counts <- rbind(moderated(tested, "tested"), moderated(x, "all"))
write.csv(limma_counts, file.path(here, "golub_limma.csv"), quote = FALSE, row.names = FALSE)

# maxT with random relabellings: its count differs by a gene or two from seed to seed
sink("/dev/null")
counts <- sapply(1:3, function(seed) {
  set.seed(seed)
  sum(mt.maxT(tested, as.integer(cancer == "AML"), B = 10000)$adjp < 0.05)
})
sink()
write.csv(data.frame(seed = 1:3, kept = counts), file.path(here, "golub_max_t.csv"), quote = FALSE, row.names = FALSE)
