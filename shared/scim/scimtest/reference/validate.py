"""Says which requests are not as the RFCs have them.

Standard input has a request in JSON on each line, with the members method and body;
standard output gets a line for each problem.
"""

import json
import sys

from pydantic import ValidationError
from scim2_models import BulkRequest, Context, EnterpriseUser, PatchOp, User

FORMS = {
    "POST": (User[EnterpriseUser], Context.RESOURCE_CREATION_REQUEST),
    "PUT": (User[EnterpriseUser], Context.RESOURCE_REPLACEMENT_REQUEST),
    "BULK": (BulkRequest[User[EnterpriseUser]], None),
    "PATCH": (PatchOp[User[EnterpriseUser]], Context.RESOURCE_PATCH_REQUEST),
}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        model, context = FORMS[request["method"]]
        try:
            model.model_validate(request["body"], scim_ctx=context)
        except ValidationError as problem:
            print(request["method"], json.dumps(request["body"]), str(problem).replace("\n", " "))


main()
