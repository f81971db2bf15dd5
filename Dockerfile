# The function's image. Reasons and figures: docs/decisions/0003-image.md.
# Both builders of Docker can build it (BuildKit and the classic one, which `sam build` uses): no RUN --mount.
ARG BASE_IMAGE=public.ecr.aws/lambda/python:3.13

# Dependencies in a stage of their own: a change of code leaves their layer as it is, and pip leaves no trace.
FROM ${BASE_IMAGE} AS dependencies
COPY requirements/serving.txt /tmp/serving.txt
RUN python3 -m pip install --disable-pip-version-check --no-cache-dir --no-compile \
        --require-hashes --only-binary :all: --target "${LAMBDA_TASK_ROOT}" -r /tmp/serving.txt
# Lambda's file system is read-only: byte code that is not in the image is compiled again at every cold start.
# Unchecked hashes, because image layers may change a source's time stamp, which would make byte code stale.
# Optimisation level 0 only: Lambda runs Python without -O, so other levels would never be read.
# Lambda runs as a user of its own: whatever the umask was, everybody may read and nobody but root may write.
RUN python3 -m compileall -q --invalidation-mode unchecked-hash "${LAMBDA_TASK_ROOT}" \
    && chmod -R u=rwX,go=rX "${LAMBDA_TASK_ROOT}"

# What the endpoint and its checks import, folder by folder: a folder is one subject, and the boundary of an image.
FROM ${BASE_IMAGE} AS code
COPY handler.py ${LAMBDA_TASK_ROOT}/
COPY phat/__init__.py ${LAMBDA_TASK_ROOT}/phat/
COPY preprocessing ${LAMBDA_TASK_ROOT}/preprocessing
COPY model ${LAMBDA_TASK_ROOT}/model
COPY api ${LAMBDA_TASK_ROOT}/api
COPY jobs/__init__.py jobs/answers.py jobs/checks.py jobs/health.py jobs/live.py jobs/pre_traffic.py jobs/version.py \
        ${LAMBDA_TASK_ROOT}/jobs/
RUN python3 -m compileall -q --invalidation-mode unchecked-hash "${LAMBDA_TASK_ROOT}" \
    && chmod -R u=rwX,go=rX "${LAMBDA_TASK_ROOT}"

# Not for Lambda: `docker build --target sagemaker` makes a SageMaker model's container of the same function.
FROM ${BASE_IMAGE} AS sagemaker-dependencies
COPY requirements/sagemaker.txt /tmp/sagemaker.txt
RUN python3 -m pip install --disable-pip-version-check --no-cache-dir --no-compile \
        --require-hashes --only-binary :all: --target "${LAMBDA_TASK_ROOT}" -r /tmp/sagemaker.txt
COPY server ${LAMBDA_TASK_ROOT}/server
RUN python3 -m compileall -q --invalidation-mode unchecked-hash "${LAMBDA_TASK_ROOT}" \
    && chmod -R u=rwX,go=rX "${LAMBDA_TASK_ROOT}"

FROM ${BASE_IMAGE} AS sagemaker
LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true
COPY --from=sagemaker-dependencies ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
COPY --from=code ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
WORKDIR ${LAMBDA_TASK_ROOT}
EXPOSE 8080
# SageMaker starts a container as its image says, so as root without this; Lambda has a user of its own.
USER 1000:1000
ENTRYPOINT ["python3", "-m", "phat.server.sagemaker"]
CMD ["serve"]

# Of other functions: `sam build` makes it with DockerBuildTarget. It scores whole files, and monitors the model.
# Byte code is made in stages of its own: made in the image, it would hold each package a second time, in a layer where
# chmod touched it.
FROM ${BASE_IMAGE} AS jobs-dependencies
COPY requirements/jobs.txt /tmp/jobs.txt
RUN python3 -m pip install --disable-pip-version-check --no-cache-dir --no-compile \
        --require-hashes --only-binary :all: --target "${LAMBDA_TASK_ROOT}" -r /tmp/jobs.txt \
    && python3 -m compileall -q --invalidation-mode unchecked-hash "${LAMBDA_TASK_ROOT}" \
    && chmod -R u=rwX,go=rX "${LAMBDA_TASK_ROOT}"

FROM code AS jobs-code
COPY jobs ${LAMBDA_TASK_ROOT}/jobs
COPY storage ${LAMBDA_TASK_ROOT}/storage
COPY batch ${LAMBDA_TASK_ROOT}/batch
COPY training ${LAMBDA_TASK_ROOT}/training
COPY monitoring ${LAMBDA_TASK_ROOT}/monitoring
RUN python3 -m compileall -q --invalidation-mode unchecked-hash "${LAMBDA_TASK_ROOT}" \
    && chmod -R u=rwX,go=rX "${LAMBDA_TASK_ROOT}"

FROM ${BASE_IMAGE} AS jobs
COPY --from=jobs-dependencies ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
COPY --from=jobs-code ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
CMD ["phat.jobs.batch.lambda_handler"]

FROM ${BASE_IMAGE}
COPY --from=dependencies ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
COPY --from=code ${LAMBDA_TASK_ROOT} ${LAMBDA_TASK_ROOT}
CMD ["handler.lambda_handler"]
