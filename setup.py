"""Package map: the top level is fixed, `ckanext` itself is never ours (docs/architecture.md)."""

from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = "ckanext.govshare"
SOURCES = {
    ROOT: "ckanext-govshare/ckanext/govshare",
    f"{ROOT}.schemas": "schemas",
    f"{ROOT}.harvesters": "harvesters",
    f"{ROOT}.i18n": "i18n",
}


class BuildWithTranslations(build_py):
    """Compile the translations into what is built; runtime/install.py does so for an editable install."""

    def run(self) -> None:
        """Build, then write a `.mo` beside each `.po` of the result."""
        super().run()
        if self.editable_mode:
            return
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        for source in Path("i18n").glob("*/LC_MESSAGES/*.po"):
            target = Path(self.build_lib, *f"{ROOT}.i18n".split("."), *source.with_suffix(".mo").parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as text, target.open("wb") as compiled:
                write_mo(compiled, read_po(text, locale=source.parts[1]))


packages = [
    package
    for name, folder in SOURCES.items()
    for package in [name, *(f"{name}.{sub}" for sub in find_packages(folder))]
]
setup(
    cmdclass={"build_py": BuildWithTranslations},
    packages=packages,
    package_dir=SOURCES,
    message_extractors={
        "ckanext-govshare/ckanext/govshare": [
            ("**.py", "python", None),
            ("**.js", "javascript", None),
            ("**/templates/**.html", "ckan", None),
        ],
    },
)
