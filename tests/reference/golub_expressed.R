# The tests of Golub 1999 on expressed genes alone, by two rules, as derived figures only (no expression values).
# Usage: Rscript tests/reference/golub_expressed.R ../shared/cohorts/golub

arguments <- commandArgs(trailingOnly = FALSE)
here <- dirname(normalizePath(sub("^--file=", "", grep("^--file=", arguments, value = TRUE))))
source(file.path(here, "common.R"))
suppressPackageStartupMessages(library(limma))
cohort <- commandArgs(trailingOnly = TRUE)[1]

train <- read.csv(file.path(cohort, "data_set_ALL_AML_train.csv"), check.names = FALSE, quote = "\"")
actual <- read.csv(file.path(cohort, "actual.csv"))
patients <- grep("^[0-9]+$", names(train), value = TRUE)
stopifnot(length(patients) == 38)

raw <- as.matrix(train[, patients])
rownames(raw) <- train[["Gene Accession Number"]]
limited <- pmin(pmax(raw, 100), 16000) # floor 100, cap 16,000
x <- log2(limited) # no array scaling
cancer <- actual$cancer[match(as.integer(patients), actual$patient)] # joined by id
design <- model.matrix(~cancer)
control <- startsWith(rownames(x), "AFFX")
varies <- apply(x, 1, function(value) max(value) > min(value))

# As edgeR's filterByExpr: in as many samples as the smallest class has; beyond ten, 10 + 0.7 (n - 10).
smallest <- min(table(cancer))
required <- if (smallest > 10) 10 + 0.7 * (smallest - 10) else smallest
lowest <- apply(limited, 1, min)
highest <- apply(limited, 1, max)
rules <- list(
  none = rep(TRUE, nrow(x)),
  expressed = rowSums(raw > 100) >= required,
  dudoit = highest / lowest > 5 & highest - lowest > 500 # Dudoit, Fridlyand & Speed 2002
)

on_rule <- function(name) {
  kept <- rules[[name]]
  tested <- x[!control & kept & varies, ]
  welch <- t(apply(tested, 1, function(value) {
    test <- t.test(value[cancer == "AML"], value[cancer == "ALL"])
    c(test$statistic, test$parameter, test$p.value)
  }))
  fit <- eBayes(lmFit(tested, design))
  p <- list(welch = welch[, 3], limma = fit$p.value[, 2])
  kept_by <- function(method) sapply(p, function(values) sum(p.adjust(values, method) < 0.05))
  bonferroni <- kept_by("bonferroni")
  bh <- kept_by("BH")
  counts <- data.frame(
    rule = name, required = required, smallest = smallest, with_controls = sum(kept),
    kept = sum(kept & !control), constant = sum(kept & !control & !varies), tested = nrow(tested),
    welch_bonferroni = bonferroni[["welch"]], welch_bh = bh[["welch"]],
    limma_bonferroni = bonferroni[["limma"]], limma_bh = bh[["limma"]],
    d0 = fit$df.prior, s0_squared = fit$s2.prior
  )
  first <- function(test, t, df) {
    rows <- order(p[[test]])[1:10]
    data.frame(
      rule = name, test = test, rank = 1:10, probe = rownames(tested)[rows],
      t = t[rows], df = df[rows], p = p[[test]][rows]
    )
  }
  list(counts = counts, top = rbind(first("welch", welch[, 1], welch[, 2]), first("limma", fit$t[, 2], fit$df.total)))
}

found <- lapply(names(rules), on_rule)
write_exact(do.call(rbind, lapply(found, `[[`, "counts")), "golub_expressed.csv")
write_exact(do.call(rbind, lapply(found, `[[`, "top")), "golub_expressed_top.csv")
