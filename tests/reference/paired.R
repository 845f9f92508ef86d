# Two classifiers on the same samples: DeLong's paired test and McNemar's exact test.
# Usage: Rscript tests/reference/paired.R

suppressPackageStartupMessages(library(pROC))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(19880901)

# Areas: scores that share some of their noise, continuous and tied
draw <- function(case, n, cases, digits, gain, shared) {
  positive <- sample(rep(0:1, c(n - cases, cases)))
  common <- sqrt(shared) * rnorm(n)
  score <- function(shift) round(shift * positive + common + sqrt(1 - shared) * rnorm(n), digits)
  data.frame(case, positive, first = score(1 + gain), second = score(1))
}
scores <- rbind(
  draw("continuous", 40, 20, 15, 0.3, 0.5), draw("tied", 60, 25, 1, 0, 0.5), draw("coarse", 34, 14, 0, 0.8, 0.2),
  draw("unbalanced", 50, 4, 2, 0, 0), draw("opposed", 72, 38, 15, -1.5, 0), draw("alike", 200, 90, 15, 0.01, 0.999)
)
write_exact(scores, "paired_scores.csv")

curve <- function(part, score) roc(part$positive, part[[score]], levels = c(0, 1), direction = "<")
write_exact(
  do.call(rbind, lapply(unique(scores$case), function(case) {
    part <- scores[scores$case == case, ]
    do.call(rbind, lapply(c(0.9, 0.95, 0.99), function(confidence) {
      test <- roc.test(curve(part, "first"), curve(part, "second"),
        paired = TRUE, method = "delong", conf.level = confidence
      )
      data.frame(
        case, confidence,
        difference = test$estimate[[1]] - test$estimate[[2]],
        low = test$conf.int[1], high = test$conf.int[2], z = test$statistic[[1]], p = test$p.value[[1]]
      )
    }))
  })),
  "paired_delong.csv"
)

# Right and wrong
counts <- expand.grid(first_only = c(0, 1, 2, 5, 12, 40), second_only = c(0, 1, 3, 5, 13, 90))
counts <- counts[rowSums(counts) > 0, ]
counts$p <- mapply(function(b, c) binom.test(b, b + c)$p.value, counts$first_only, counts$second_only)
write_exact(counts, "paired_mcnemar.csv")
