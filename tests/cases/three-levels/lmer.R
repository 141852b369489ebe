Y ~ X + Z + W + (1 | school) + (1 + X | school:class)
