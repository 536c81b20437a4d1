# What the tests take of the PowerShell Gallery; `./build.ps1 test` installs what is missing where a gallery can be reached, as does
#   Install-PSResource -RequiredResourceFile ./RequiredModules.psd1
@{
    Pester = @{
        version    = '[5.5.0, 6.0.0)'
        repository = 'PSGallery'
    }
}
