# Agreement of two measurements, and the overlap of random sets.
# Usage: EPIR=<folder of the installed package epiR> Rscript tests/reference/agreement.R

source(file.path(dirname(sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))), "common.R"))

# epiR pulls in packages for maps; the one function is taken without them.
epir <- new.env()
lazyLoad(file.path(Sys.getenv("EPIR"), "R", "epiR"), epir)

set.seed(19890301)
draw <- function(case, n, slope, shift, noise) {
  first <- rnorm(n)
  data.frame(case, first, second = slope * first + shift + noise * rnorm(n))
}
pairs <- rbind(
  draw("close", 200, 1, 0, 0.05), draw("shifted", 60, 1, 0.7, 0.1), draw("stretched", 80, 1.6, 0, 0.2),
  draw("loose", 30, 0.4, 0, 1), draw("opposed", 40, -0.8, 0.3, 0.5), draw("few", 4, 1, 0.1, 0.3)
)
write_exact(pairs, "agreement_pairs.csv")
write_exact(
  do.call(rbind, lapply(unique(pairs$case), function(case) {
    part <- pairs[pairs$case == case, ]
    do.call(rbind, lapply(c(0.9, 0.95, 0.99), function(confidence) {
      found <- epir$epi.ccc(part$second, part$first, ci = "z-transform", conf.level = confidence)
      data.frame(
        case, confidence,
        concordance = found$rho.c$est, low = found$rho.c$lower, high = found$rho.c$upper,
        pearson = cor(part$first, part$second), same_sign = mean(sign(part$first) == sign(part$second)),
        bias = found$sblalt$est, below = found$sblalt$lower, above = found$sblalt$upper
      )
    }))
  })),
  "agreement.csv"
)

# Jaccard index of random sets
sets <- expand.grid(first = c(1, 10, 50), second = c(3, 50, 400), universe = c(500, 6038))
sets <- merge(sets, data.frame(share = c(0, 0.1, 0.5, 1)))
sets$shared <- floor(sets$share * pmin(sets$first, sets$second))
sets$expected <- mapply(function(a, b, n) {
  k <- 0:min(a, b)
  sum(dhyper(k, b, n - b, a) * k / (a + b - k))
}, sets$first, sets$second, sets$universe)
sets$p <- phyper(sets$shared - 1, sets$second, sets$universe - sets$second, sets$first, lower.tail = FALSE)
write_exact(sets[c("first", "second", "universe", "shared", "expected", "p")], "rankings_jaccard.csv")
