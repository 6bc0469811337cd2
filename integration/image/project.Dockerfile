# The project on top of the base image: its commands are on the PATH, so a container runs `mesos-master --port=5050`.
ARG BASE
FROM ${BASE}
COPY rootfs/ /
