"""Runs in the deployment tools' environment: prints what CloudFormation makes of template.yaml, as JSON."""

import json
import sys
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """No policy is named in the template, so none has to be looked up."""

    def load(self) -> dict[str, str]:
        """Names and ARNs of managed policies."""
        return {}


template = yaml_parse(Path(sys.argv[1]).read_text())
template["Resources"]["Function"]["Properties"]["ImageUri"] = "image"  # as `sam build` puts it
print(json.dumps(transform(template, {"ModelKey": "", "ModelSha256": ""}, NoManagedPolicies())))
