# narrow-8000 with each clip seen once: new clips are the only augmentation that keeps captions true.
@{
    Preset = 'shapes-lean'
    Set = @{ 'trainer.train_num_steps' = 8000 }
    Clips = 64000
}
