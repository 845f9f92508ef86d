# Welch's t on the 38 training samples of Golub 1999, as derived figures only (no expression values).
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
