
    // Do not modify this file by hand!
    // Re-generate this file by running lit-localize

    
    import {str} from '@lit/localize';

    /* eslint-disable no-irregular-whitespace */
    /* eslint-disable @typescript-eslint/no-explicit-any */

    export const templates = {
      's1b61db587d3e3f26': `Esc`,
's216495dcfbb60998': `ändern um einen Schritt`,
's2a4079ffe2df9ede': `Pfeiltasten`,
's2e67039b0930550f': `Beispiele und Reiter`,
's40cdf1d4e2f4844e': `ändern um viele Schritte`,
's48b9c2e5aab7ea51': `Leertaste, Eingabe`,
's4d6d73c939e0c45c': `bewegen den Stift; mit Umschalt dreimal so weit`,
's51053b277af2237d': `setzen den Stift auf oder heben ihn ab`,
's5e8250fb85d64c23': `Schließen`,
's62304b3d0363cbaf': str`Die Texte der Seite auf ${0} konnten nicht geladen werden.`,
's6ce0ce19e201b66c': `Tabulator`,
's74e056b27fb82b0c': `Bild auf, Bild ab`,
's7a26e66fb3b5f616': `löscht die Zeichnung`,
's868a566fb9603774': `Tastatur`,
's91c9d19286150071': `hebt den Stift ab`,
's96e1e670e061a743': `gehen zum ersten oder letzten`,
'sa8be6a2e26650963': `gehen zum nächsten und wählen es aus`,
'sc0dc424bdc3e44ad': `nimmt den letzten Strich zurück`,
'sc1d6cf255a727480': `Strg Z`,
'sc5019b6e8b0b415f': `Pos1, Ende`,
'sd3cf51b5da8087e4': `Was die Tastatur kann`,
'sdbcbc9f511ec2679': `geht zum nächsten Bedienelement`,
'sdc673e73b5c13aea': `Entf`,
'se1cf53772aea796f': `Überall`,
'sedafa37c4e21a6fd': `Schieberegler`,
'seecfdb50e69b1ad2': `Zeichenfläche`,
'sefcf950b3cc4fc3b': `Sprache`,
'sf2a4a3b1acf3f804': `öffnet diese Liste; Esc schließt sie`,
    };
  