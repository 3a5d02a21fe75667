"""Serves moto on a free loopback port until standard input ends.

The first line of standard output is the port. Standard input is a pipe that the
parent holds open: it ends when the parent ends, for whatever reason.
"""

import copy
import logging
import os
import sys
import threading

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from werkzeug.serving import make_server


def copy_state_machine(machine, memo):
    """Copies what an execution needs of its state machine.

    moto deep-copies the machine when an execution starts. That includes the
    earlier executions, whose locks cannot be copied, so the second start fails.
    """
    clone = copy.copy(machine)
    clone.executions = []
    return clone


normalise = StateTaskServiceSfn._normalise_parameters


def normalise_for_boto(task, parameters, *args, **kwargs):
    """Spells the parameters of a state that starts an execution as boto3 does.

    moto hands them on as a definition has them, Input and not input, and boto3 fails.
    """
    normalise(task, parameters, *args, **kwargs)
    for name in list(parameters):
        parameters[name[0].lower() + name[1:]] = parameters.pop(name)


def exit_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    threading.Thread(target=exit_with_parent, daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not a line for each request
    StateMachine.__deepcopy__ = copy_state_machine
    StateTaskServiceSfn._normalise_parameters = normalise_for_boto
    default_user_config["stepfunctions"] = {"execute_state_machine": True}

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # The port that the tasks of a state machine call. The caller may have set
    # another one, to put something in front of moto.
    os.environ.setdefault("MOTO_PORT", str(server.port))
    print(server.port, flush=True)
    server.serve_forever()


main()
