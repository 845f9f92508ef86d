# Nearest shrunken centroids: pamr's centroids and posterior probabilities at several thresholds.
# Usage: Rscript tests/reference/centroids.R

suppressPackageStartupMessages(library(pamr))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20020514)

# Few genes: pamr cuts discriminant scores off at 500.
genes <- 15
draw <- function(case, sizes, held) {
  class <- factor(rep(letters[seq_along(sizes)], sizes + held))
  x <- matrix(rnorm(length(class) * genes, 8, rep(runif(genes, 0.3, 2), each = length(class))), ncol = genes)
  shift <- matrix(rnorm(nlevels(class) * genes) * rbinom(nlevels(class) * genes, 1, 0.3), ncol = genes)
  x <- x + shift[class, ]
  colnames(x) <- paste0("g", seq_len(genes))
  role <- unlist(lapply(seq_along(sizes), function(k) rep(c("train", "test"), c(sizes[k], held))))
  data.frame(case, role, class, x)
}
samples <- rbind(draw("two", c(12, 7), 5), draw("three", c(9, 6, 4), 4), draw("four", c(3, 11, 5, 8), 3))
write_exact(samples, "centroids_samples.csv")

columns <- paste0("g", seq_len(genes))
result <- lapply(unique(samples$case), function(case) {
  part <- samples[samples$case == case, ]
  part$class <- droplevels(part$class)
  train <- part[part$role == "train", ]
  test <- t(part[part$role == "test", columns])
  lapply(c("training", "uniform"), function(prior) {
    shares <- if (prior == "uniform") rep(1 / nlevels(train$class), nlevels(train$class))
    invisible(capture.output(fit <- pamr.train(list(x = t(train[columns]), y = train$class), prior = shares)))
    lapply(fit$threshold[c(1, 6, 15, 30)], function(threshold) {
      chances <- pamr.predict(fit, test, threshold, type = "posterior")
      centroids <- pamr.predict(fit, test, threshold, type = "centroid")
      list(
        probabilities = data.frame(
          case, prior, threshold, sample = as.vector(row(chances)), class = colnames(chances)[col(chances)],
          probability = as.vector(chances)
        ),
        centroids = data.frame(
          case, prior, threshold, gene = as.vector(row(centroids)), class = colnames(chances)[col(centroids)],
          centroid = as.vector(centroids), spread = as.vector(fit$sd)
        )
      )
    })
  })
})
result <- do.call(c, do.call(c, result))
write_exact(do.call(rbind, lapply(result, `[[`, "probabilities")), "centroids_probabilities.csv")
# The centroids do not depend on the prior.
centroids <- do.call(rbind, lapply(result, `[[`, "centroids"))
write_exact(centroids[centroids$prior == "training", names(centroids) != "prior"], "centroids.csv")
