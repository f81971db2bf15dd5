"""A fitted statsmodels model as an HTTPS endpoint on AWS Lambda."""

import os

_HERE = os.path.dirname(__file__)
if not os.path.isdir(os.path.join(_HERE, "model")):  # a checkout or an image, where the packages stand next to this one
    __path__.append(os.path.dirname(_HERE))
