# The transformer over latents of the bundled autoencoder: the clip is predicted at much noise, and patches see their neighbours.
@{
    Preset = 'shapes-latent'
    Clips = 10000
}
