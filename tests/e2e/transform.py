"""Runs in the deployment tools' environment: prints what CloudFormation makes of a template, as JSON.

Arguments: the template, then NAME=VALUE for each parameter that is not at its default.
"""

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
parameters = dict(word.split("=", 1) for word in sys.argv[2:])
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"].setdefault("ImageUri", "image")  # as `sam build` puts it
    if resource["Type"] == "AWS::Serverless::StateMachine":
        resource["Properties"]["DefinitionUri"] = "s3://bucket/definition"  # as `sam deploy` puts it
print(json.dumps(transform(template, parameters, NoManagedPolicies())))
