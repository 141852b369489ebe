Y ~ R * Z + (R | j)
