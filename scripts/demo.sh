#!/usr/bin/env bash
# Raw frames to a scored submission: simulate a small dataset, run the pipeline, score it against the truth; calibrate the uncertainty and
# predict again; the whole training curriculum in small, and a submission of the network; gates and dashboard. Everything lies below
# demo/; a second call reuses what has not changed.
set -euo pipefail
cd "$(dirname "$0")/.."
spectramind=${1:-.venv/bin/spectramind}
export SPECTRAMIND_ROOT=demo
dataset=$PWD/demo/dataset

echo "demo 1/6: simulated dataset in competition layout (reduced profile)"
"$spectramind" simulate --out demo/dataset --planets 16 --test-planets 12 --profile reduced --seed 2025
echo "demo 2/6: calibrate, features, predict, score"
"$spectramind" run --out-csv demo/outputs/submission.csv --kaggle-csv demo/outputs/kaggle.csv \
  --truth demo/dataset_truth/test.csv data.raw_dir="$dataset" data.store_frames=false calib.apply=off
echo "demo 3/6: the uncertainty calibrated on the labelled planets, and the prediction again"
"$spectramind" calibrate-temp data.raw_dir="$dataset" data.store_frames=false
"$spectramind" calibrate-corel data.raw_dir="$dataset" data.store_frames=false
"$spectramind" predict --out-csv demo/outputs/submission.csv --kaggle-csv demo/outputs/kaggle.csv data.raw_dir="$dataset" data.store_frames=false
"$spectramind" score --submission demo/outputs/submission.csv --truth demo/dataset_truth/test.csv --train demo/dataset/train.csv
echo "demo 4/6: the training curriculum in small, and what the network makes of the same planets"
for phase in mae contrastive supervised; do
  "$spectramind" train --phase "$phase" data.raw_dir="$dataset" data.store_frames=false train=smoke
done
"$spectramind" predict --out-csv demo/outputs/network/submission.csv data.raw_dir="$dataset" data.store_frames=false train=smoke model=network \
  calib.apply=off
"$spectramind" score --submission demo/outputs/network/submission.csv --truth demo/dataset_truth/test.csv --train demo/dataset/train.csv
echo "demo 5/6: why the numbers are what they are, and whether to trust them"
"$spectramind" diagnose explain --truth demo/dataset_truth/test.csv data.raw_dir="$dataset" data.store_frames=false diag.shap_planets=3
cp scripts/demo_baseline.json demo/outputs/calibration/baseline.json
"$spectramind" diagnose dashboard --truth demo/dataset_truth/test.csv data.raw_dir="$dataset" data.store_frames=false
"$spectramind" gates check data.raw_dir="$dataset" data.store_frames=false
echo "demo 6/6: what was made"
ls -l demo/outputs demo/outputs/network demo/outputs/diagnostics
