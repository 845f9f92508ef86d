# Numeric covariates: the class coefficient of R's lm and of limma for `~ class + age`, on tests/cases/age12 and agepair.
#   Rscript tests/reference/covariates.R

suppressPackageStartupMessages(library(limma))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))

adjusted <- function(case, age = identity) {
  folder <- file.path(here, "..", "cases", case)
  x <- as.matrix(read.delim(file.path(folder, "x.tsv"), row.names = 1))
  s <- read.delim(file.path(folder, "s.tsv"), row.names = 1)[colnames(x), ]
  design <- model.matrix(~ class + age, data.frame(class = factor(s$class), age = age(s$age)))
  limma <- eBayes(lmFit(x, design))
  lines <- t(apply(x, 1, function(y) summary(lm(y ~ design[, -1]))$coefficients[2, ]))
  data.frame(
    case, covariate = deparse(substitute(age)), gene = rownames(x), df = nrow(design) - ncol(design),
    estimate = lines[, 1], t = lines[, 3], p = lines[, 4], moderated_t = limma$t[, 2], moderated_p = limma$p.value[, 2]
  )
}
tens <- function(age) factor(age %/% 10) # as C(decade) in a formula
result <- rbind(adjusted("age12"), adjusted("agepair"), adjusted("agepair", tens))
write_exact(result, "covariates.csv")
print(subset(result, gene == "g1"), digits = 10)
print(tapply(result$p, paste(result$case, result$covariate), function(p) sum(p.adjust(p, "bonferroni") < 0.05)))
