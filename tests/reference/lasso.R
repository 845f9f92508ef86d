# L1-penalised logistic regression: glmnet's coefficients, two to four classes, with and without weights.
# Usage: Rscript tests/reference/lasso.R [khan/expression.tsv khan/samples.tsv]
# With the files of a public cohort (Khan 2001) it only prints the held-out labels of five folds, and their mean log loss.

suppressPackageStartupMessages(library(glmnet))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(19960101)
glmnet.control(fdev = 0, devmax = 1)  # no early end of the path

# scikit-learn's C weighs the sum of the losses, glmnet's lambda the mean.
fit <- function(x, class, C, weights = rep(1, nrow(x))) {
  family <- if (nlevels(class) == 2) "binomial" else "multinomial"
  last <- 1 / (C * sum(weights))
  glmnet(x, class, family, weights, lambda = last * 2^seq(8, 0, -0.25), standardize = FALSE, thresh = 1e-14, maxit = 1e8,
         type.multinomial = "ungrouped")
}

draw <- function(case, sizes, genes, informative) {
  class <- factor(rep(letters[seq_along(sizes)], sizes))
  x <- matrix(rnorm(length(class) * genes), ncol = genes)
  shift <- matrix(rnorm(nlevels(class) * informative, sd = 1.2), ncol = informative)
  x[, seq_len(informative)] <- x[, seq_len(informative)] + shift[class, ]
  list(case = case, class = class, x = x)
}
cases <- list(
  draw("two", c(14, 9), 40, 4), draw("noise", c(10, 10), 40, 1), draw("three", c(9, 8, 6), 40, 5),
  draw("four", c(6, 9, 7, 5), 40, 6)
)

coefficients <- function(part, C, weight) {
  n <- table(part$class)
  weights <- if (weight == "balanced") (sum(n) / (length(n) * n))[part$class] else rep(1, sum(n))
  model <- fit(part$x, part$class, C, as.vector(weights))
  found <- coef(model, s = tail(model$lambda, 1))
  found <- if (is.list(found)) found else setNames(list(found), tail(levels(part$class), 1))
  do.call(rbind, lapply(names(found), function(class) {
    data.frame(case = part$case, C, weight, class, gene = seq(0, ncol(part$x)), value = as.vector(found[[class]]))
  }))
}

files <- commandArgs(trailingOnly = TRUE)
if (length(files)) {
  x <- t(as.matrix(read.delim(files[1], row.names = 1, check.names = FALSE)))
  samples <- read.delim(files[2], row.names = 1)
  x <- x[rownames(samples), ]
  class <- factor(samples$class)
  fold <- (seq_along(class) - 1) %% 5
  chances <- matrix(NA, length(class), nlevels(class))
  for (f in 0:4) {
    train <- fold != f
    centre <- colMeans(x[train, ])
    spread <- apply(x[train, ], 2, sd) * sqrt((sum(train) - 1) / sum(train))
    scaled <- t((t(x) - centre) / spread)
    model <- fit(scaled[train, ], class[train], 1)
    chances[!train, ] <- predict(model, scaled[!train, ], tail(model$lambda, 1), type = "response")[, , 1]
  }
  cat(max.col(chances) - 1, sep = "")
  cat("\n", sprintf("%.12f", -mean(log(chances[cbind(seq_along(class), class)]))), "\n")
  quit()
}
write_exact(do.call(rbind, lapply(cases, function(part) {
  x <- part$x
  colnames(x) <- paste0("g", seq_len(ncol(x)))
  data.frame(case = part$case, class = part$class, x)
})), "lasso_samples.csv")
result <- lapply(cases, function(part) {
  lapply(c("none", "balanced"), function(weight) lapply(c(0.3, 1, 5), function(C) coefficients(part, C, weight)))
})
result <- do.call(rbind, do.call(c, do.call(c, result)))
write_exact(result[result$gene == 0 | result$value != 0, ], "lasso.csv")
