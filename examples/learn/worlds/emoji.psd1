@{ ImageSize = 32; Frames = 5; Background = 'Black' }
