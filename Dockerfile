# CPU image with the locked versions. For CUDA start from an nvidia/cuda runtime image with Python 3.11 instead and leave
# TORCH_INDEX empty: PyPI's torch brings its own CUDA libraries.
FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends git make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY . .
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN make setup PYTHON=python3.11 TORCH_INDEX=${TORCH_INDEX}
ENV PATH="/app/.venv/bin:${PATH}" SPECTRAMIND_ROOT=/workspace
VOLUME /workspace
ENTRYPOINT ["spectramind"]
