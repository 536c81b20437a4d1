# narrow-8000 where each clip is seen once: more of them is the augmentation that keeps captions true.
@{
    Preset = 'shapes-lean'
    Set = @{ 'trainer.train_num_steps' = 8000 }
    Clips = 64000
}
