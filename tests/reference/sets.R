# Gene sets: phyper, fisher.test, binom.test, and limma's competitive rank tests.
# Usage: Rscript tests/reference/sets.R

suppressPackageStartupMessages(library(limma))

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))
set.seed(20120101)

# Over-representation and signs
counts <- expand.grid(hits = c(0, 1, 3, 8, 40), size = c(8, 40, 300), drawn = c(40, 400), universe = c(900, 6000))
counts <- counts[counts$hits <= pmin(counts$size, counts$drawn), ]
counts$p <- with(counts, phyper(hits - 1, size, universe - size, drawn, lower.tail = FALSE))
counts$fisher <- mapply(function(hits, size, drawn, universe) {
  fisher.test(matrix(c(hits, size - hits, drawn - hits, universe - size - drawn + hits), 2), alternative = "greater")$p.value
}, counts$hits, counts$size, counts$drawn, counts$universe)
write_exact(counts, "sets_counts.csv")

signs <- expand.grid(total = c(1, 2, 7, 30, 101), share = c(0, 0.2, 0.5, 0.8, 1))
signs$agreeing <- round(signs$total * signs$share)
signs$p <- mapply(function(k, n) binom.test(k, n)$p.value, signs$agreeing, signs$total)
write_exact(signs[c("agreeing", "total", "p")], "sets_signs.csv")

# Rank tests: continuous and tied statistics
genes <- 300
statistic <- rnorm(genes)
tied <- round(statistic)
index <- list(few = 1:5, some = 11:50, many = 51:200, one = 300)
for (name in names(index)) statistic[index[[name]]] <- statistic[index[[name]]] + c(few = 1.5, some = 0.4, many = -0.2, one = 0)[name]
write_exact(data.frame(statistic, tied = as.double(tied)), "sets_statistics.csv")
result <- do.call(rbind, lapply(names(index), function(name) {
  do.call(rbind, lapply(c("statistic", "tied"), function(kind) {
    values <- get(kind)
    do.call(rbind, lapply(c(0, 0.01, 0.1), function(correlation) {
      both <- rankSumTestWithCorrelation(index[[name]], values, correlation)
      camera <- cameraPR(values, index[name], use.ranks = TRUE, inter.gene.cor = correlation)$PValue
      data.frame(
        set = name, kind, correlation, first = min(index[[name]]), last = max(index[[name]]),
        less = both[["less"]], greater = both[["greater"]], camera
      )
    }))
  }))
}))
write_exact(result, "sets_ranks.csv")
