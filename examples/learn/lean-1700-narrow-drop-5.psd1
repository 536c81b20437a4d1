# lean-1700-narrow and lean-1700-drop-5 together.
@{
    Preset = 'shapes-lean'
    Set = @{ 'unet.dim' = 24; 'trainer.cond_drop_prob' = 0.05; 'trainer.train_num_steps' = 2800 }
    Clips = 10000
}
