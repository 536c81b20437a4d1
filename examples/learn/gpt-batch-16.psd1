# shapes-gpt in twice the batch and 2000 steps.
@{
    Preset = 'shapes-gpt'
    Set = @{ 'trainer.train_batch_size' = 16; 'trainer.adam_beta2' = 0.99; 'trainer.train_num_steps' = 2000 }
    Autoencoder = 'shapes-fsq'
    Clips = 10000
}
