# lean-1700-batch-4 and lean-1700-drop-5 together.
@{
    Preset = 'shapes-lean'
    Set = @{
        'unet.dim' = 32; 'trainer.train_batch_size' = 4; 'trainer.adam_beta2' = 0.9975; 'trainer.train_num_steps' = 3400
        'trainer.cond_drop_prob' = 0.05
    }
    Clips = 10000
}
