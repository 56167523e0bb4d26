#!/usr/bin/env bash
# Raw frames to a scored submission: simulate a small dataset, run the pipeline, score it against the truth; then the whole
# training curriculum in small, and a submission of the network. Everything lies below demo/; a second call reuses what has not changed.
set -euo pipefail
cd "$(dirname "$0")/.."
spectramind=${1:-.venv/bin/spectramind}
export SPECTRAMIND_ROOT=demo
dataset=$PWD/demo/dataset

echo "demo 1/4: simulated dataset in competition layout (reduced profile)"
"$spectramind" simulate --out demo/dataset --planets 6 --test-planets 12 --profile reduced --seed 2025
echo "demo 2/4: calibrate, features, predict, score"
"$spectramind" run --out-csv demo/outputs/submission.csv --kaggle-csv demo/outputs/kaggle.csv \
  --truth demo/dataset_truth/test.csv data.raw_dir="$dataset" data.store_frames=false
echo "demo 3/4: the training curriculum in small, and what the network makes of the same planets"
for phase in mae contrastive supervised; do
  "$spectramind" train --phase "$phase" data.raw_dir="$dataset" data.store_frames=false train=smoke
done
"$spectramind" predict --out-csv demo/outputs/network/submission.csv data.raw_dir="$dataset" data.store_frames=false train=smoke model=network
"$spectramind" score --submission demo/outputs/network/submission.csv --truth demo/dataset_truth/test.csv --train demo/dataset/train.csv
echo "demo 4/4: what was made"
ls -l demo/outputs demo/outputs/network
