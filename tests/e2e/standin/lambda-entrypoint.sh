#!/bin/sh
# As in the real image: under Lambda the runtime client alone, anywhere else the emulator around it.
if [ -z "${AWS_LAMBDA_RUNTIME_API}" ]; then
    exec /usr/local/bin/aws-lambda-rie python3 -m awslambdaric "$@"
fi
exec python3 -m awslambdaric "$@"
