"""What is started to be hurt, as a server or as the command `qmi`: its crash points come before anything of the kit."""

import os

from tests.faults import crashes

crashes.install(os.environ["QMI_FAULTS_ROLE"])

if __name__ == "__main__":
    from deploy.cli import app

    app()
else:
    from tests.faults.processes import create_api, create_relay, create_worker

    __all__ = ["create_api", "create_relay", "create_worker"]
