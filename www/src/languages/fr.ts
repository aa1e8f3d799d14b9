
    // Do not modify this file by hand!
    // Re-generate this file by running lit-localize

    
    import {str} from '@lit/localize';

    /* eslint-disable no-irregular-whitespace */
    /* eslint-disable @typescript-eslint/no-explicit-any */

    export const templates = {
      's1b61db587d3e3f26': `Échap`,
's216495dcfbb60998': `modifient la valeur d’un pas`,
's2a4079ffe2df9ede': `Touches fléchées`,
's2e67039b0930550f': `Exemples et onglets`,
's40cdf1d4e2f4844e': `modifient la valeur de plusieurs pas`,
's48b9c2e5aab7ea51': `Espace, Entrée`,
's4d6d73c939e0c45c': `déplacent le stylo ; avec Maj, trois fois plus loin`,
's51053b277af2237d': `posent le stylo ou le lèvent`,
's5e8250fb85d64c23': `Fermer`,
's62304b3d0363cbaf': str`Les textes de la page en ${0} n’ont pas pu être chargés.`,
's6ce0ce19e201b66c': `Tabulation`,
's74e056b27fb82b0c': `Page préc., Page suiv.`,
's7a26e66fb3b5f616': `efface le dessin`,
's868a566fb9603774': `Clavier`,
's91c9d19286150071': `lève le stylo`,
's96e1e670e061a743': `vont au premier ou au dernier`,
'sa8be6a2e26650963': `passent à l’élément suivant et le choisissent`,
'sc0dc424bdc3e44ad': `annule le dernier trait`,
'sc1d6cf255a727480': `Ctrl Z`,
'sc5019b6e8b0b415f': `Début, Fin`,
'sd3cf51b5da8087e4': `Ce que permet le clavier`,
'sdbcbc9f511ec2679': `passe à la commande suivante`,
'sdc673e73b5c13aea': `Suppr`,
'se1cf53772aea796f': `Partout`,
'sedafa37c4e21a6fd': `Curseurs`,
'seecfdb50e69b1ad2': `Zone de dessin`,
'sefcf950b3cc4fc3b': `Langue`,
'sf2a4a3b1acf3f804': `ouvre cette liste ; Échap la ferme`,
    };
  