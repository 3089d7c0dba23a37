#!/bin/bash
#SBATCH --job-name=resnet50
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=resnet50.log

# On a disk that all hosts see.
run=runs/resnet50

for attempt in 1 2 3 4 5; do
    if [ -e "$run/run.json" ]; then
        what=(--resume "$run")
    else
        what=(resnet50 --data photos --batch-size 256 -o "$run")
    fi
    srun --kill-on-bad-exit=1 keras-cnns train "${what[@]}" --hosts auto && exit
    sleep 10
done
exit 1
