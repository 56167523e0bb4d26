#!/usr/bin/env bash
# Raw frames to a scored submission: simulate a small dataset, run the pipeline, score it against the truth.
# Everything lies below demo/; a second call reuses what has not changed.
set -euo pipefail
cd "$(dirname "$0")/.."
spectramind=${1:-.venv/bin/spectramind}
export SPECTRAMIND_ROOT=demo
dataset=$PWD/demo/dataset

echo "demo 1/3: simulated dataset in competition layout (reduced profile)"
"$spectramind" simulate --out demo/dataset --planets 4 --test-planets 12 --profile reduced --seed 2025
echo "demo 2/3: calibrate, features, predict, score"
"$spectramind" run --out-csv demo/outputs/submission.csv --kaggle-csv demo/outputs/kaggle.csv \
  --truth demo/dataset_truth/test.csv data.raw_dir="$dataset" data.split=test
echo "demo 3/3: what was made"
ls -l demo/outputs
