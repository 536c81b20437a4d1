# quick-shift-3 with half the batch size and twice the steps; learning rate and adam_beta2 are adapted.
@{
    Preset = 'shapes-quick'
    Set = @{
        'diffusion.noise_shift' = 3; 'trainer.train_batch_size' = 8; 'trainer.train_num_steps' = 4000
        'trainer.train_lr' = 0.0015; 'trainer.adam_beta2' = 0.995
    }
    Clips = 10000
}
