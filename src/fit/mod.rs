//! Linear mixed models by ML and REML (Bates et al. 2015), and the design matrices of equations as written.
